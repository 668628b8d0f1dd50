import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Figure } from './figures.ts';

/* `npm run bench` measures everything and prints one table; `npm run bench -- NAME` one bench, `--write` puts the table into the docs. */

/** Loaded when they are run. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  'first-sync': async () => (await import('./first-sync.ts')).firstSync,
  'shared-secret': async () => (await import('./shared-secret.ts')).sharedSecret,
  'no-change': async () => (await import('./no-change.ts')).noChange,
  'fan-out': async () => (await import('./fan-out.ts')).fanOut,
  engine: async () => (await import('./engine.ts')).engine,
};

const machine = (): string => {
  const clusters = process.env['CLUSTERS'] === 'real' ? 'kube-apiserver' : 'small API server';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`,
    memory,
    `Node ${process.version}`,
    clusters,
  ].join(', ');
};

const HEADINGS = ['figure', 'measured', 'budget', 'met'] as const;

/** What follows is the command's. */
const FIGURES = '## Figures\n';
const PAGE = join(import.meta.dirname, '../docs/performance.md');

const cellsOf = ({ what, figure, budget = '', met, why }: Figure): readonly string[] => [
  what,
  figure,
  budget,
  met === undefined ? '' : met ? 'yes' : ['no', ...(why === undefined ? [] : [why])].join(': '),
];

const toTable = (figures: readonly Figure[], markdown: boolean): readonly string[] => {
  const lines: readonly (readonly string[])[] = [HEADINGS, ...figures.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const texts = lines.map((line) =>
    markdown
      ? `| ${line.join(' | ')} |`
      : line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
  );
  return markdown ? texts.toSpliced(1, 0, `| ${HEADINGS.map(() => '---').join(' | ')} |`) : texts;
};

const writePage = async (figures: readonly Figure[]): Promise<void> => {
  const [about = ''] = (await readFile(PAGE, 'utf8')).split(FIGURES);
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const settings = ['OBJECTS', 'CLUSTERS'].flatMap((name) =>
    process.env[name] ? `${name}=${process.env[name]} ` : [],
  );
  const said = `\`${settings.join('')}${command}\` on ${machine()}:`;
  await writeFile(PAGE, [about + FIGURES, said, '', ...toTable(figures, true), ''].join('\n'));
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } });
const unknown = positionals.filter((name) => BENCHES[name] === undefined);

if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 1;
} else {
  const figures: Figure[] = [];
  for (const [name, load] of Object.entries(BENCHES)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const { about, measure } = await load();
    console.error(`${name}: ${about} …`);
    for await (const figure of measure()) figures.push(figure);
  }
  console.log(`\n${machine()}\n`);
  for (const line of toTable(figures, false)) console.log(line);
  if (values.write) await writePage(figures);
}
