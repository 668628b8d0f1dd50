import { parseArgs } from 'node:util';

export interface StartOptions {
  /** Make one change, show it arrive everywhere, and end. */
  readonly once: boolean;
  /** Names of the local clusters to start; none where the user's own are used. */
  readonly clusters: readonly string[];
  /** Contexts of the user's kubeconfig to use instead of local clusters. */
  readonly contexts: readonly string[];
  /** Of the local AWS; absent: a free one. */
  readonly port: number | undefined;
  readonly help: boolean;
}

export const USAGE = `Usage: npm start -- [options]

Starts a local AWS and two local clusters, deploys the service between them, and shows each change as it lands.

  --once          make one change, show it arrive everywhere, and end (exit 1 when it does not)
  --clusters N    number of local clusters (1 to 8, default 2)
  --context NAME  use this cluster of your kubeconfig instead of local ones; may be repeated
  --port N        port of the local AWS (default 4566, or a free one when that is taken)
  --help          print this
`;

const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

/** @throws Error - says which option is wrong, and what it takes */
export const parseStartOptions = (args: readonly string[]): StartOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      clusters: { type: 'string', default: '2' },
      context: { type: 'string', multiple: true, default: [] },
      port: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const count = wholeNumber('--clusters', values.clusters, [1, NAMES.length]);
  return {
    once: values.once,
    help: values.help,
    contexts: values.context,
    clusters: values.context.length > 0 ? [] : NAMES.slice(0, count),
    port: values.port === undefined ? undefined : wholeNumber('--port', values.port, [1, 65_535]),
  };
};

const wholeNumber = (option: string, text: string, [least, most]: readonly [number, number]): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`${option} takes a whole number from ${least} to ${most}, not "${text}"`);
  return number;
};
