import { parseArgs } from 'node:util';
import { engine } from './engine.ts';
import type { Bench } from './figures.ts';

/* `npm run bench -- NAME` prints the figures of one bench beside their budgets; without a name it lists what there is. */

const BENCHES: Readonly<Record<string, Bench>> = { engine };

const { positionals } = parseArgs({ allowPositionals: true });
const [name = ''] = positionals;
const bench = BENCHES[name];

if (bench === undefined) {
  for (const [known, { about }] of Object.entries(BENCHES)) console.log(`npm run bench -- ${known}    ${about}`);
  process.exitCode = name === '' ? 0 : 1;
} else {
  for await (const { what, figure, budget } of bench.measure()) {
    console.log(`${what.padEnd(52)} ${figure.padStart(16)}${budget === undefined ? '' : `    budget ${budget}`}`);
  }
}
