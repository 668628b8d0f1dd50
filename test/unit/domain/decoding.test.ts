import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkNullBytes, type DecodingStrategy, decodeValue, decodeValues } from '../../../src/domain/decoding.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { InvalidSecretValueError } from '../../../src/domain/sync-error.ts';

const decode = (text: string, strategy: DecodingStrategy) =>
  decodeValue(SecretValue.fromText(text), strategy).revealText();
const values = (texts: Readonly<Record<string, string>>) =>
  new Map(Object.entries(texts).map(([key, text]) => [key, SecretValue.fromText(text)]));

describe('decoding a value', () => {
  test.each<[string, DecodingStrategy, string]>([
    ['YmFy', 'Base64', 'bar'],
    ['YmFy', 'None', 'YmFy'],
    ['YmFy', '', 'YmFy'],
    ['', 'Base64', ''],
    ['Yg==', 'Base64', 'b'],
    ['Yh==', 'Base64', 'b'],
    ['Ym\r\nFy\n', 'Base64', 'bar'],
    ['Y\ng=\r=\n', 'Base64', 'b'],
    ['Zm9vJV8/YmFy', 'Base64', 'foo%_?bar'],
    ['Zm9vJV8_YmFy', 'Base64URL', 'foo%_?bar'],
    ['Zm9vJV8/YmFy', 'Auto', 'foo%_?bar'],
    ['Zm9vJV8_YmFy', 'Auto', 'foo%_?bar'],
    ['foo', 'Auto', 'foo'],
    ['text with spaces', 'Auto', 'text with spaces'],
    ['Zm9vJV8_YmF/', 'Auto', 'Zm9vJV8_YmF/'],
  ])('%j under "%s" is %j', (text, strategy, decoded) => {
    expect(decode(text, strategy)).toBe(decoded);
  });

  test('Auto decodes plain text that happens to be base64', () => {
    expect(decode('1234', 'Auto')).not.toBe('1234');
  });

  test.each<[string, DecodingStrategy, number]>([
    ['foo', 'Base64', 0],
    ['foo', 'Base64URL', 0],
    ['YmFyYm', 'Base64', 4],
    ['YmFyYg=', 'Base64', 7],
    ['YmFyYg=\n', 'Base64', 8],
    ['Yg=x', 'Base64', 2],
    ['Yg=\nx', 'Base64', 3],
    ['Y===', 'Base64', 1],
    ['=', 'Base64', 0],
    ['Yg==Yg==', 'Base64', 4],
    ['YmE=\nx', 'Base64', 5],
    ['Ym Fy', 'Base64', 2],
    ['Zm9vJV8_', 'Base64', 7],
    ['Zm9vJV8/', 'Base64URL', 7],
  ])('%j under %s is refused at byte %d', (text, strategy, offset) => {
    expect(() => decode(text, strategy)).toThrow(
      new InvalidSecretValueError(
        `error applying decoding strategy ${strategy} to data: illegal base64 data at input byte ${offset}`,
      ),
    );
  });

  test('undoes encoding of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const standard = SecretValue.fromText(Buffer.from(bytes).toString('base64'));
        const url = SecretValue.fromText(standard.revealText().replaceAll('+', '-').replaceAll('/', '_'));

        expect(decodeValue(standard, 'Base64').reveal()).toEqual(bytes);
        expect(decodeValue(standard, 'Auto').reveal()).toEqual(bytes);
        expect(decodeValue(url, 'Base64URL').reveal()).toEqual(bytes);
        expect(decodeValue(url, 'Auto').reveal()).toEqual(bytes);
      }),
    );
  });

  test('Auto never fails [ES41]', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        decodeValue(SecretValue.fromBytes(bytes), 'Auto');
      }),
    );
  });
});

describe('decoding the values of a map', () => {
  test('every value is decoded', () => {
    const decoded = decodeValues(values({ a: 'YmFy', b: '' }), 'Base64');

    expect([...decoded].map(([key, value]) => [key, value.revealText()])).toEqual([
      ['a', 'bar'],
      ['b', ''],
    ]);
  });

  test('the first bad key in byte order is named', () => {
    expect(() => decodeValues(values({ c: '!', b: 'foo', a: 'YmFy' }), 'Base64URL')).toThrow(
      new InvalidSecretValueError(
        'error applying decoding strategy Base64URL to data: failure decoding key b: illegal base64 data at input byte 0',
      ),
    );
  });
});

describe('null bytes', () => {
  const binary = values({ z: 'a\0', b: '\0', a: 'text' });

  test.each(['', 'Ignore'] as const)('are stored under "%s" [ES43]', (policy) => {
    expect(() => checkNullBytes(binary, policy)).not.toThrow();
  });

  test('are refused under Fail, naming the first key in byte order [ES43]', () => {
    expect(() => checkNullBytes(binary, 'Fail')).toThrow(
      new InvalidSecretValueError(
        'fetched secret value for key "b" contains null bytes; use a text-safe format such as PEM/base64 or leave nullBytePolicy unset for intentional binary data',
      ),
    );
  });

  test('are not found in texts and empty values [ES43]', () => {
    expect(() => checkNullBytes(values({ a: 'text', b: '' }), 'Fail')).not.toThrow();
  });
});
