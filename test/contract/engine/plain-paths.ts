import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Engine } from '../../../src/app/ports/engine.ts';
import { isPlainPath, readProperty } from '../../../src/domain/property-path.ts';
import { secret } from './samples.ts';

const RUNS = 1_000;

/** Keys that can collide with the syntax of paths, beside any others. */
const key = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'a.b',
    'tls.crt',
    '0',
    '1',
    '#',
    '@this',
    '@at',
    'a|b',
    'a*',
    '!x',
    '\\',
    '',
    'é',
    '{',
    '[',
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);

const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom('1.50', '1e3', '-0', '12345678901234567890', '1E-7'),
);
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.string().map((text) => JSON.stringify(text).replaceAll(/[^\\"u]/g, escapeUnit)),
  number.map(String),
  fc.constantFrom('true', 'false', 'null', '""', 'NaN'),
);

const space = fc.constantFrom('', ' ', '\n', '\t ');

/** JSON as text, with spaces and equal keys, neither of which survives in objects of JavaScript. */
const { json } = fc.letrec<{ json: string; member: string; object: string; array: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, scalar, tie('object'), tie('array')),
  member: fc.tuple(space, key, space, tie('json')).map(([before, name, ...[after, value]]) => {
    return `${before}${JSON.stringify(name)}${after}:${value}`;
  }),
  object: fc.array(tie('member'), { maxLength: 5 }).map((members) => `{${members.join(',')}}`),
  array: fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(' ,')}]`),
}));

const component = fc.oneof(
  key,
  key.map((name) => name.replaceAll(/[.|*?#@!\\{}[\]()]/g, '\\$&')),
);
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((components) => components.join('.'));

/** Any text whatever, or JSON of which a piece is missing. */
const document = fc.oneof(
  { weight: 4, arbitrary: json },
  fc.tuple(json, fc.nat(60), fc.nat(3)).map(([text, at, count]) => text.slice(0, at) + text.slice(at + count)),
);

function escapeUnit(unit: string): string {
  return unit.charCodeAt(0) % 3 === 0 ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : unit;
}

/** A plain path is read without the engine; what is found must be the same. */
export const describePlainPaths = (engine: Engine): void => {
  test('are read by rule and by engine alike, in any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(document, path.filter(isPlainPath), async (text, wanted) => {
        const value = secret(text);
        const found = await engine.getProperty(value, [wanted.replaceAll('.', '\\.'), wanted]);

        expect(readProperty(value, wanted)?.revealText()).toEqual(found?.revealText());
      }),
      { numRuns: RUNS },
    );
  });

  test('that lead to something are read by rule and by engine alike', async () => {
    const keys = fc.array(key, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(keys, json, async (names, inner) => {
        const text = names.reduceRight((rest, name) => `{"z":1,${JSON.stringify(name)}:${rest}}`, inner);
        const wanted = names.map((name) => name.replaceAll(/[.|*?#@!\\{}[\]()]/g, '\\$&')).join('.');
        fc.pre(isPlainPath(wanted));
        const value = secret(text);
        const found = await engine.getProperty(value, [wanted.replaceAll('.', '\\.'), wanted]);

        expect(readProperty(value, wanted)?.revealText()).toEqual(found?.revealText());
      }),
      { numRuns: RUNS },
    );
  });
};
