import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toGoJson } from '../../../src/domain/go-json.ts';
import { mergeValues } from '../../../src/domain/merge-values.ts';
import type { MergeRewrite } from '../../../src/domain/rewrite.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { texts, values } from '../../support/builders.ts';

const MERGE: MergeRewrite = {
  type: 'merge',
  into: 'all',
  priority: [],
  priorityPolicy: 'Strict',
  conflictPolicy: 'Error',
  strategy: 'Extract',
};
const extracted = (json: string) => texts(mergeValues(values({ a: json }), MERGE))['x'];
const joined = (json: string) => texts(mergeValues(values({ a: json }), { ...MERGE, strategy: 'JSON' }))['all'];

describe('a merged property', () => {
  test.each([
    ['"text"', 'text', '"text"'],
    ['""', '', '""'],
    ['null', '', 'null'],
    ['true', 'true', 'true'],
    ['1.50', '1.5', '1.5'],
    ['1e3', '1000', '1000'],
    ['-0', '-0', '-0'],
    ['1e21', '1000000000000000000000', '1e+21'],
    ['0.0000001', '0.0000001', '1e-7'],
    ['12345678901234567890', '12345678901234567000', '12345678901234567000'],
    ['{ "b": 1, "a": [ ] }', '{"a":[],"b":1}', '{"a":[],"b":1}'],
    ['["<&>"]', String.raw`["\u003c\u0026\u003e"]`, '["<&>"]'],
    [String.raw`["\u2028\t\u0001\u007f"]`, '["\\u2028\\t\\u0001\x7f"]', '["\\u2028\\t\\u0001\x7f"]'],
    [String.raw`["\ud800"]`, '["\ufffd"]', '["\ufffd"]'],
    [String.raw`"\ud800"`, '\ufffd', '"\ufffd"'],
    [
      '{"\uffff":1,"\u{10000}":2,"10":3,"9":4}',
      '{"10":3,"9":4,"\uffff":1,"\u{10000}":2}',
      '{"10":3,"9":4,"\uffff":1,"\u{10000}":2}',
    ],
  ])('%j is %j alone and %j in an object', (json, alone, inObject) => {
    expect(extracted(`{"x":${json}}`)).toBe(alone);
    expect(joined(`{"x":${json}}`)).toBe(`{"x":${inObject}}`);
  });

  test('may have any name', () => {
    expect(joined('{"__proto__":1,"constructor":2}')).toBe('{"__proto__":1,"constructor":2}');
  });

  test('may be nested as deep as Go allows', () => {
    const deep = `${'['.repeat(9_000)}${']'.repeat(9_000)}`;

    expect(extracted(`{"x":${deep}}`)).toBe(deep);
  });

  test('that is a number too large is refused, and not quoted', () => {
    for (const json of ['{"x":1e999}', '{"x":[1e999]}'])
      expect(() => extracted(json)).toThrow(
        'merge failed with failed to unmarshal JSON: json: cannot unmarshal number into Go value of type float64',
      );
  });

  test('with bytes that are no text has them replaced, as in Go', () => {
    const bytes = Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from('"}')]);

    expect(texts(mergeValues(new Map([['a', SecretValue.fromBytes(bytes)]]), MERGE))).toEqual({ x: '\ufffd' });
  });
});

test('null counts as an object without properties', () => {
  expect(texts(mergeValues(values({ a: 'null', b: '{"x":1}' }), MERGE))).toEqual({ x: '1' });
});

test('later keys in byte order win where conflicts are ignored', () => {
  const merged = mergeValues(values({ b: '{"x":2}', a: '{"x":1}' }), { ...MERGE, conflictPolicy: 'Ignore' });

  expect(texts(merged)).toEqual({ x: '2' });
});

test('the last of the priority wins', () => {
  const merge: MergeRewrite = { ...MERGE, conflictPolicy: 'Ignore', priority: ['c', 'a'] };

  expect(texts(mergeValues(values({ a: '{"x":"a"}', b: '{"x":"b"}', c: '{"x":"c"}' }), merge))).toEqual({ x: 'a' });
});

test('JSON that was written is read back the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, escapeHtml) => {
      expect(JSON.stringify(sorted(JSON.parse(toGoJson(value, { escapeHtml }))))).toBe(JSON.stringify(sorted(value)));
    }),
  );
});

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  return typeof value === 'object' && value !== null
    ? Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, member]) => [name, sorted(member)])
    : value;
};
