import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SecretValue } from '../../../src/domain/secret-value.ts';

const canary = 'correct-horse-battery-staple';

describe('a secret value', () => {
  test.each<[string, (value: SecretValue) => string]>([
    ['as text', (value) => `${value}`],
    ['concatenated', (value) => `password: ${String(value)}`],
    ['as JSON', (value) => JSON.stringify({ value })],
    ['inspected', (value) => inspect({ value }, { depth: 9, showHidden: true })],
    ['inside a map', (value) => inspect(new Map([['password', value]]))],
    ['in its own keys', (value) => Reflect.ownKeys(value).join()],
  ])('shows nothing %s', (_, show) => {
    const shown = show(SecretValue.fromText(canary));

    expect(shown).not.toContain(canary);
    expect(shown).not.toContain(Buffer.from(canary).toString('base64'));
  });

  test('prints as [redacted]', () => {
    const value = SecretValue.fromText(canary);

    expect([`${value}`, JSON.stringify(value), inspect(value)]).toEqual(['[redacted]', '"[redacted]"', '[redacted]']);
  });

  test('gives back the bytes it was made of', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const value = SecretValue.fromBytes(bytes);

        expect(value.reveal()).toEqual(bytes);
        expect(value.size).toBe(bytes.length);
        expect(value.equals(SecretValue.fromBytes(bytes))).toBe(true);
      }),
    );
  });

  test('is text as UTF-8', () => {
    const value = SecretValue.fromText('\ufeffé😀');

    expect(value.size).toBe(9);
    expect(value.revealText()).toBe('\ufeffé😀');
  });

  test('shows bytes that are not UTF-8 as U+FFFD', () => {
    expect(SecretValue.fromBytes(Uint8Array.of(0x61, 0xff, 0x62)).revealText()).toBe('a\ufffdb');
  });

  test('does not change with the array it was made of, or the one it gave away', () => {
    const bytes = Uint8Array.of(1, 2);
    const value = SecretValue.fromBytes(bytes);

    bytes[0] = 9;
    value.reveal()[1] = 9;

    expect(value.reveal()).toEqual(Uint8Array.of(1, 2));
  });

  test('differs from one with other bytes', () => {
    expect(SecretValue.fromText('a').equals(SecretValue.fromText('ab'))).toBe(false);
  });
});
