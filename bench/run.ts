import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, Figure } from './figures.ts';
import { toText } from './table.ts';
import { writePage } from './write-page.ts';

/* `npm run bench` measures everything and prints one table; `npm run bench -- NAME` one bench, `--write` puts the table into the docs. */

/** Loaded when they are run. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  'first-sync': async () => (await import('./first-sync.ts')).firstSync,
  'shared-secret': async () => (await import('./shared-secret.ts')).sharedSecret,
  'no-change': async () => (await import('./no-change.ts')).noChange,
  'fan-out': async () => (await import('./fan-out.ts')).fanOut,
  engine: async () => (await import('./engine.ts')).engine,
};

const clusters = process.env['CLUSTERS'] === 'real' ? 'kube-apiserver' : 'the small API server';

const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;

const command = (): string => {
  const settings = ['OBJECTS', 'CLUSTERS'].flatMap((name) =>
    process.env[name] ? [`${name}=${process.env[name]}`] : [],
  );
  return [...settings, 'npm run bench', ...(process.argv.length > 2 ? ['--'] : []), ...process.argv.slice(2)].join(' ');
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } });
const unknown = positionals.filter((name) => BENCHES[name] === undefined);

if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 1;
} else {
  const figures: Figure[] = [];
  try {
    for (const [name, load] of Object.entries(BENCHES)) {
      if (positionals.length > 0 && !positionals.includes(name)) continue;
      const { about, measure } = await load();
      console.error(`${name}: ${about} …`);
      for await (const figure of measure()) figures.push(figure);
    }
  } finally {
    // what was measured before one failed took minutes
    console.log(`\n${machine}, ${clusters}\n`);
    for (const line of toText(figures)) console.log(line);
  }
  if (values.write) await writePage({ clusters, command: command(), machine, figures });
}
