import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareBytes, goMapText, goValueText } from '../../../src/domain/go-map-text.ts';

test('a map is written with its keys in byte order', () => {
  expect(goMapText([])).toBe('map[]');
  expect(
    goMapText([
      ['b', '2'],
      ['B', '1'],
    ]),
  ).toBe('map[B:1 b:2]');
});

test('byte order puts U+FF5E before an emoji, unlike UTF-16 order', () => {
  expect(compareBytes('\uff5e', '\u{1f600}')).toBeLessThan(0);
  expect('\uff5e' < '\u{1f600}').toBe(false);
});

test('byte order is the order of code points', () => {
  const codePoints = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0);

  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const [left, right] = [codePoints(a), codePoints(b)];
      const index = left.findIndex((point, at) => point !== right[at]);
      const difference =
        index === -1 ? left.length - right.length : (left[index] ?? 0) - (right[index] ?? Number.NEGATIVE_INFINITY);

      expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(difference));
    }),
  );
});

test.each([
  [null, '<nil>'],
  [true, 'true'],
  ['a b', 'a b'],
  [3, '3'],
  [-0.5, '-0.5'],
  [0, '0'],
  [1e20, '100000000000000000000'],
  [1e21, '1e+21'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [1e-12, '1e-12'],
  [[], '[]'],
  [[1, 'a', null], '[1 a <nil>]'],
  [{ b: { d: 1, c: [] }, a: {} }, 'map[a:map[] b:map[c:[] d:1]]'],
])('%j is written as Go prints it', (value, text) => {
  expect(goValueText(value)).toBe(text);
});
