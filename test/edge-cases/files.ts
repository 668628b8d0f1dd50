import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTagged, type TaggedTest } from './page.ts';

const ROOT = join(import.meta.dirname, '../..');

export const PAGE = join(ROOT, 'docs/edge-cases.md');

/** Every tagged test of the repository, by file name and then in the order of the source. */
export const readTagged = async (): Promise<readonly TaggedTest[]> => {
  const names = await readdir(join(ROOT, 'test'), { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts') && !name.startsWith('edge-cases/')).sort();
  const found = await Promise.all(
    files.map(async (name) => findTagged(`test/${name}`, await readFile(join(ROOT, 'test', name), 'utf8'))),
  );
  return found.flat();
};
