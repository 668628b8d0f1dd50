import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ConversionStrategy, convertKeys, validateKeys } from '../../../src/domain/secret-keys.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { InvalidSecretValueError } from '../../../src/domain/sync-error.ts';

const entries = (...keys: readonly string[]) =>
  new Map(keys.map((key) => [key, SecretValue.fromText(`value of ${key}`)]));
const TIP = 'invalid secret keys (TIP: use rewrite or conversionStrategy to change keys): ';

describe('converting keys', () => {
  test.each<[string, ConversionStrategy, string]>([
    ['foo$bar%baz*bing', 'Default', 'foo_bar_baz_bing'],
    ['foo$bar%baz*bing', '', 'foo_bar_baz_bing'],
    ['/foo/bar', 'Default', '_foo_bar'],
    ['foo/bar/', 'Default', 'foo_bar_'],
    ['already-fine_1.x', 'Default', 'already-fine_1.x'],
    ['Größe²Ⅷ漢', 'Default', 'Größe²Ⅷ漢'],
    ['😀', 'Default', '_'],
    ['/', 'Unicode', '_U002f_'],
    ['😀foo😁bar', 'Unicode', '_U1f600_foo_U1f601_bar'],
    ['some-array[0].entity', 'Unicode', 'some-array_U005b_0_U005d_.entity'],
  ])('%s under strategy "%s" is %s [ES23 ES25 ES26]', (key, strategy, converted) => {
    expect([...convertKeys(entries(key), strategy).keys()]).toEqual([converted]);
  });

  test.each<[ConversionStrategy]>([['Default'], ['']])(
    'two keys that become one are refused under "%s" [ES24]',
    (strategy) => {
      expect(() => convertKeys(entries('foo$bar%baz*bing', 'foo_bar_baz$bing'), strategy)).toThrow(
        new InvalidSecretValueError(
          `error applying conversion strategy ${strategy} to keys: secret name collision during conversion: foo_bar_baz_bing`,
        ),
      );
    },
  );

  test('values stay with their keys', () => {
    const converted = convertKeys(entries('a/b', 'c'), 'Default');

    expect(converted.get('a_b')?.revealText()).toBe('value of a/b');
    expect(converted.get('c')?.revealText()).toBe('value of c');
  });

  test('what was converted is valid, and converting it again changes nothing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.constantFrom<ConversionStrategy>('', 'Default', 'Unicode'),
        (key, strategy) => {
          const once = convertKeys(entries(key), strategy);

          expect([...validateKeys(once).keys()]).toEqual([...once.keys()]);
          expect([...convertKeys(once, strategy).keys()]).toEqual([...once.keys()]);
        },
      ),
    );
  });
});

describe('validating keys', () => {
  test('an empty key is dropped silently [ES44]', () => {
    expect([...validateKeys(entries('', 'a')).keys()]).toEqual(['a']);
  });

  test('a key of 253 bytes passes and one of 254 does not [ES45]', () => {
    expect(validateKeys(entries('a'.repeat(253))).size).toBe(1);
    expect(() => validateKeys(entries('a'.repeat(254)))).toThrow(
      new InvalidSecretValueError(
        `${TIP}key has length 254 but max is 253: (following is truncated): ${'a'.repeat(253)}`,
      ),
    );
  });

  test('length counts bytes', () => {
    expect(() => validateKeys(entries('é'.repeat(127)))).toThrow('key has length 254 but max is 253');
  });

  test.each([
    ['foo/bar', '/'],
    ['a b', ' '],
    ['x😀y/', '😀'],
  ])('%s is refused for its %s', (key, character) => {
    expect(() => validateKeys(entries(key))).toThrow(
      new InvalidSecretValueError(
        `${TIP}key has invalid character ${character}, only alphanumeric, '-', '.' and '_' are allowed: ${key}`,
      ),
    );
  });

  test('letters of any script pass, the API server decides', () => {
    expect(validateKeys(entries('é')).size).toBe(1);
  });
});
