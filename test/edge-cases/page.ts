import { CASES, FAMILIES, type Family } from './cases.ts';

/** Cases without a test fail the suite too. */
export const STRICT = true;

/** A test that carries the tags of edge cases at the end of its title, or a row of a table of tests that does. */
export interface TaggedTest {
  readonly file: string;
  readonly title: string;
  /** `ES13` */
  readonly tags: readonly string[];
}

const TAG = '[A-Z]+[0-9]+';
const TITLE = new RegExp(
  `(?<quote>['"\`])(?<title>(?:(?!\\k<quote>)[^\\\\\\n]|\\\\.)*?) \\[(?<tags>${TAG}(?: ${TAG})*)\\]\\k<quote>`,
  'g',
);

/** Tagged titles in the text of a test file: a string of the source that ends in tags. */
export const findTagged = (file: string, text: string): readonly TaggedTest[] =>
  [...text.matchAll(TITLE)].map(({ groups }) => ({
    file,
    title: (groups?.['title'] ?? '').replaceAll(/\\(['"`])/g, '$1'),
    tags: groups?.['tags']?.split(' ') ?? [],
  }));

const ALL: readonly { readonly tag: string; readonly family: string; readonly what: string }[] = Object.entries(
  CASES,
).flatMap(([family, cases]) =>
  Object.entries(cases).map(([number, what]) => ({ tag: `${family}${number}`, family, what })),
);

/** Tags that name no case. */
export const unknownTags = (tests: readonly TaggedTest[]): readonly string[] => {
  const known = new Set(ALL.map(({ tag }) => tag));
  return tests.flatMap(({ file, tags }) => tags.filter((tag) => !known.has(tag)).map((tag) => `${file}: ${tag}`));
};

export const openCases = (tests: readonly TaggedTest[]): readonly string[] => {
  const tested = new Set(tests.flatMap(({ tags }) => tags));
  return ALL.flatMap(({ tag }) => (tested.has(tag) ? [] : [tag]));
};

/** `docs/edge-cases.md`: which test holds which case. */
export const toPage = (tests: readonly TaggedTest[]): string => {
  const families = Object.keys(FAMILIES).filter(isFamily);
  return `${[
    '# Edge cases and their tests',
    'Written by `npm run edge-cases` from the titles of the tests; a test fails when it is out of date.',
    `Without a test so far: ${inWords(openCases(tests))}.`,
    ...families.flatMap((family) => [`## ${family}: ${FAMILIES[family]}`, toTable(family, tests)]),
  ].join('\n\n')}\n`;
};

const isFamily = (name: string): name is Family => Object.hasOwn(FAMILIES, name);

const inWords = (tags: readonly string[]): string => (tags.length === 0 ? 'none' : tags.join(', '));

const toTable = (family: Family, tests: readonly TaggedTest[]): string =>
  [
    '| case | what | tests |',
    '| --- | --- | --- |',
    ...ALL.filter((one) => one.family === family).map(({ tag, what }) => {
      const own = tests
        .filter(({ tags }) => tags.includes(tag))
        .map(({ file, title }) => `\`${file}\`: ${toCell(title)}`);
      return `| ${tag} | ${toCell(what)} | ${own.length === 0 ? 'open' : own.join('<br>')} |`;
    }),
  ].join('\n');

const toCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*');
