import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Copies the schema of an ExternalSecret's spec into the definitions that embed it, so that there is one source: `npm run crds`. */

const FOLDER = join(import.meta.dirname, 'infra', 'crds');
const BEGIN = '# From externalsecrets.yaml, by `npm run crds`:';
const END = '# Until here.';

const linesOf = (file: string): readonly string[] => readFileSync(join(FOLDER, file), 'utf8').split('\n');

const indexOf = (lines: readonly string[], text: string, from = 0): number => {
  const index = lines.findIndex((line, at) => at >= from && line.trim() === text);
  if (index < 0) throw new Error(`no line ${text}`);
  return index;
};

const indentOf = (line: string): string => /^ */.exec(line)?.[0] ?? '';

/** Everything under `spec:`, that line excluded, with the indentation it has there. */
const specOfExternalSecret = (): { readonly lines: readonly string[]; readonly indent: string } => {
  const lines = linesOf('externalsecrets.yaml');
  const begin = indexOf(lines, 'spec:', indexOf(lines, 'schema: &schema'));
  const indent = indentOf(lines[begin] ?? '');
  const end = lines.findIndex((line, at) => at > begin && line.trim() !== '' && !line.startsWith(`${indent} `));
  return { lines: lines.slice(begin + 1, end), indent };
};

const embed = (file: string): void => {
  const lines = linesOf(file);
  const [begin, end] = [indexOf(lines, BEGIN), indexOf(lines, END)];
  const field = lines[begin + 1] ?? '';
  const { lines: spec, indent } = specOfExternalSecret();
  const deeper = indentOf(field).slice(indent.length);
  const copied = spec.map((line) => (line === '' ? '' : `${deeper}${line}`));
  writeFileSync(join(FOLDER, file), [...lines.slice(0, begin + 1), field, ...copied, ...lines.slice(end)].join('\n'));
};

embed('clusterexternalsecrets.yaml');
