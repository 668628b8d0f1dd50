import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './figures.ts';
import { toMarkdown } from './table.ts';

const PAGE = join(import.meta.dirname, '../docs/performance.md');

/** Sections of the page begin with it. */
const SECTION = '\n## ';

export interface Measured {
  /** Heads the section, which replaces the one of the same name. */
  readonly clusters: string;
  readonly command: string;
  readonly machine: string;
  readonly figures: readonly Figure[];
}

/** Puts a table into the docs, beside those of other clusters. */
export const writePage = async ({ clusters, command, machine, figures }: Measured): Promise<void> => {
  const [about = '', ...sections] = (await readFile(PAGE, 'utf8')).split(SECTION);
  const heading = `On ${clusters}\n`;
  const section = [heading, `\`${command}\` on ${machine}:`, '', ...toMarkdown(figures), ''].join('\n');
  const others = sections.filter((known) => !known.startsWith(heading));
  await writeFile(PAGE, [about, ...[...others, section].sort().reverse()].join(SECTION));
};
