/** Writes docs/edge-cases.md anew: `npm run edge-cases`. */
import { writeFile } from 'node:fs/promises';
import { PAGE, readTagged } from './files.ts';
import { openCases, toPage } from './page.ts';

const tests = await readTagged();
await writeFile(PAGE, toPage(tests));
process.stdout.write(`${tests.length} tagged tests; ${openCases(tests).length} cases without one\n`);
