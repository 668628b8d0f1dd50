import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const OURS = ['functions', 'src', 'cli', 'local', 'test'];
const MAX_LINES = 300;

/** Flat tables, schemas and suites, which may be as long as what they list. */
const MAY_BE_LONG = /^test\/|-cases\.ts$/;

interface Source {
  readonly path: string;
  readonly text: string;
}

const sources: readonly Source[] = OURS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(ROOT, file), text: readFileSync(file, 'utf8') })),
);

/** What a file imports: paths from the root for our own files, names for packages. */
const importsOf = ({ path, text }: Source): readonly string[] =>
  [...text.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
    .map((target) => (target.startsWith('.') ? join(dirname(path), target) : target));

const below = (folder: string): readonly Source[] => sources.filter(({ path }) => path.startsWith(`${folder}/`));

/** Imports of the files in `folder` that `allowed` does not match, as `file -> import`. */
const trespasses = (folder: string, allowed: RegExp): readonly string[] =>
  below(folder).flatMap((source) =>
    importsOf(source)
      .filter((target) => !allowed.test(target))
      .map((target) => `${source.path} -> ${target}`),
  );

describe('dependencies point inward', () => {
  test('rules import rules, and libraries that do no I/O', () => {
    expect(trespasses('src/domain', /^(src\/domain\/|node:(crypto|util)$|zod\/mini$|re2js$|yaml$)/)).toEqual([]);
  });

  test('use cases import rules and ports', () => {
    expect(trespasses('src/app', /^(src\/(app|domain)\/|node:(crypto|util)$|zod\/mini$)/)).toEqual([]);
  });

  test('parsers of events import rules', () => {
    expect(trespasses('src/events', /^(src\/(events|domain)\/|zod\/mini$)/)).toEqual([]);
  });

  test('adapters know ports, rules and events, and nothing of how they are put together', () => {
    expect(trespasses('src/adapters', /^(src\/(adapters|app\/ports|domain|events)\/|[^s]|s(?!rc\/))/)).toEqual([]);
  });

  test('functions hold no more than parser, use case and edge', () => {
    expect(
      trespasses('functions', /^(src\/(adapters\/lambda|compose|events)\/|src\/config\.ts$|@middy\/core$|aws-lambda$)/),
    ).toEqual([]);
  });

  test('what is deployed imports nothing that is for people, tests or development', () => {
    expect([
      ...trespasses('src', /^(?!cli\/|local\/|test\/|bench\/)/),
      ...trespasses('functions', /^(?!cli\/|local\/|test\/|bench\/)/),
    ]).toEqual([]);
  });

  test('the environment is read in one place', () => {
    const readers = [...below('src'), ...below('functions')].filter(({ text }) => text.includes('process.env'));

    expect(readers.map(({ path }) => path).filter((path) => !path.startsWith('functions/'))).toEqual([]);
  });
});

describe('files', () => {
  test('are short', () => {
    const long = sources.filter(({ path, text }) => !MAY_BE_LONG.test(path) && text.split('\n').length > MAX_LINES);

    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('live with what they are about: there is no folder for the rest', () => {
    const drawers = ['utils', 'util', 'helpers', 'common', 'services', 'lib', 'shared', 'misc'];

    expect(
      sources.filter(({ path }) =>
        dirname(path)
          .split('/')
          .some((folder) => drawers.includes(folder)),
      ),
    ).toEqual([]);
  });

  test('are named for what they export', () => {
    const drawers = /^(index|types|utils?|helpers?|constants)\.ts$/;

    expect(sources.filter(({ path }) => drawers.test(basename(path))).map(({ path }) => path)).toEqual([]);
  });

  test('are imported with their ending', () => {
    const endless = sources.flatMap((source) =>
      importsOf(source)
        .filter((target) => OURS.some((folder) => target.startsWith(`${folder}/`)) && !/\.[a-z]+$/.test(target))
        .map((target) => `${source.path} -> ${target}`),
    );

    expect(endless).toEqual([]);
  });
});
