import { cpus, totalmem } from 'node:os';
import type { Bench, Row } from './bench.ts';

/** Each bench by its name; loaded when it is run. */
const BENCHES: Readonly<Record<string, () => Promise<{ readonly run: Bench }>>> = {
  'first-sync': () => import('./first-sync.ts'),
  'shared-secret': () => import('./shared-secret.ts'),
  'no-change': () => import('./no-change.ts'),
  'fan-out': () => import('./fan-out.ts'),
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const machine = (): string => {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${gibibytes} GiB, Node ${process.version}, ${process.platform}`;
};

const HEADINGS = ['figure', 'measured', 'budget, or the reference', 'met'] as const;

const cellsOf = ({ figure, measured, budget, met }: Row): readonly string[] => [
  figure,
  measured,
  budget,
  met === undefined ? '' : met ? 'yes' : 'no',
];

const print = (rows: readonly Row[], markdown: boolean): void => {
  const lines: readonly (readonly string[])[] = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const [head = [], ...body] = lines;
  const format = (line: readonly string[]) =>
    markdown
      ? `| ${line.join(' | ')} |`
      : line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd();
  say(format(head));
  if (markdown) say(format(HEADINGS.map(() => '---')));
  for (const line of body) say(format(line));
};

const main = async (args: readonly string[]): Promise<void> => {
  const markdown = args.includes('--markdown');
  const named = args.filter((arg) => !arg.startsWith('--'));
  const unknown = named.filter((name) => BENCHES[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`no bench ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  const rows: Row[] = [];
  for (const [name, load] of Object.entries(BENCHES)) {
    if (named.length > 0 && !named.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    rows.push(...(await (await load()).run()));
  }
  say(`\n${machine()}${process.env['CLUSTERS'] === 'real' ? ', kube-apiserver' : ', small API server'}\n`);
  print(rows, markdown);
};

await main(process.argv.slice(2));
