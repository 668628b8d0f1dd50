/** A block of the page: below a comment that names its set-up. */
const BLOCK = /<!-- (?<name>[^\n]+) -->\n\n```text\n(?<text>[\s\S]*?)```\n/g;

/** What the page shows, by the name of the set-up. */
export const blocksIn = (page: string): ReadonlyMap<string, string> =>
  new Map([...page.matchAll(BLOCK)].map(({ groups }) => [groups?.['name'] ?? '', groups?.['text'] ?? '']));

/** Long answers of AWS would make lines that nobody can read in a page; here they are as printed. */
export const shownIn = (words: readonly string[], out: string): string => `$ secretcast ${words.join(' ')}\n${out}`;

/** The page with what is printed now. */
export const withBlocks = (page: string, blocks: ReadonlyMap<string, string>): string =>
  page.replaceAll(BLOCK, (whole, name: string) => {
    const text = blocks.get(name);
    return text === undefined ? whole : `<!-- ${name} -->\n\n\`\`\`text\n${text}\`\`\`\n`;
  });
