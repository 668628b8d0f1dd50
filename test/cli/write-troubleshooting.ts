import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BROKEN_SET_UPS, setUp } from './broken-set-ups.ts';
import { CHECKOUT, createCliWorld } from './cli-world.ts';
import { shownIn, withBlocks } from './troubleshooting-page.ts';

/** `npm run troubleshooting`: what doctor prints now goes into the page. */
const FILE = join(CHECKOUT, 'docs/troubleshooting.md');

const blocks = new Map<string, string>();
for (const { name, words, breakIt } of BROKEN_SET_UPS) {
  const world = createCliWorld();
  await setUp(world);
  await breakIt(world);
  blocks.set(name, shownIn(words, (await world.run(...words)).out));
  world.remove();
}
writeFileSync(FILE, withBlocks(readFileSync(FILE, 'utf8'), blocks));
