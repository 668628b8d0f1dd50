import { readFile } from 'node:fs/promises';
import { PAGE, readTagged } from '../edge-cases/files.ts';
import { findTagged, openCases, STRICT, toPage, unknownTags } from '../edge-cases/page.ts';

const tagged = (title: string, tags: string): string => `it('${title} [${tags}]', () => undefined);`;

describe('the table of edge cases', () => {
  it('is what `npm run edge-cases` writes', async () => {
    expect(await readFile(PAGE, 'utf8')).toBe(toPage(await readTagged()));
  });

  it('knows every tag that a test carries', async () => {
    expect(unknownTags(await readTagged())).toEqual([]);
  });

  it('leaves no case open once it is strict', async () => {
    expect(STRICT ? openCases(await readTagged()) : []).toEqual([]);
  });

  it('finds one tag or several at the end of a title, and leaves other strings alone', () => {
    const text = [tagged('keeps it', 'ES1'), "it('says [ES9] inside', f);", tagged("the object\\'s own", 'ES2 AWS36')];

    expect(findTagged('a.test.ts', text.join('\n'))).toEqual([
      { file: 'a.test.ts', title: 'keeps it', tags: ['ES1'] },
      { file: 'a.test.ts', title: "the object's own", tags: ['ES2', 'AWS36'] },
    ]);
  });

  it('refuses a tag that names no case', () => {
    expect(unknownTags(findTagged('a.test.ts', tagged('keeps it', 'ES999')))).toEqual(['a.test.ts: ES999']);
  });
});
