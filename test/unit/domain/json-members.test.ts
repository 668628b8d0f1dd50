import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonMembers } from '../../../src/domain/json-members.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { InvalidSecretValueError } from '../../../src/domain/sync-error.ts';

const members = (text: string) =>
  [...jsonMembers(SecretValue.fromText(text), 'prod/db')].map(([name, value]) => [name, value.revealText()]);

describe('the members of a JSON object', () => {
  test.each([
    [
      'strings are unquoted',
      '{"foo":"bar","esc":"a\\n\\u00e9\\ud83d\\ude00"}',
      [
        ['foo', 'bar'],
        ['esc', 'a\né😀'],
      ],
    ],
    ['objects keep their inner white space', '{"foobar":{"baz": "v" }}', [['foobar', '{"baz": "v" }']]],
    [
      'numbers keep their digits [ES9 AWS46]',
      '{"i":42,"f":1.0,"e":1e3}',
      [
        ['i', '42'],
        ['f', '1.0'],
        ['e', '1e3'],
      ],
    ],
    [
      'arrays are raw text, booleans are words',
      '{"arr":[1, 2],"t":true}',
      [
        ['arr', '[1, 2]'],
        ['t', 'true'],
      ],
    ],
    ['a null member is empty [ES11 AWS34]', '{"n":null}', [['n', '']]],
    [
      'the last of equal names wins',
      '{"a":1,"b":2,"a":3}',
      [
        ['a', '3'],
        ['b', '2'],
      ],
    ],
    ['a secret that is null has none [AWS34]', ' null ', []],
    ['an empty object has none', ' { } ', []],
    [
      'white space around them is skipped',
      ' { "a" : 1 , "b" : [ ] } ',
      [
        ['a', '1'],
        ['b', '[ ]'],
      ],
    ],
    [
      'names may be anything',
      '{"":1,"__proto__":2,"\\u0061":3}',
      [
        ['', '1'],
        ['__proto__', '2'],
        ['a', '3'],
      ],
    ],
    ['lone surrogates become U+FFFD', '{"\\ud800":"\\udc00x\\ud83d"}', [['\ufffd', '\ufffdx\ufffd']]],
  ])('%s', (_, text, expected) => {
    expect(members(text)).toEqual(expected);
  });

  test('raw members keep bytes that are not UTF-8, in strings each becomes U+FFFD', () => {
    const bytes = Buffer.from('{"raw":["\xff\xe2\x82"],"text":"\xff\xe2\x82\xc3\xa9"}', 'latin1');

    const found = jsonMembers(SecretValue.fromBytes(bytes), 'k');

    expect(Buffer.from(found.get('raw')?.reveal() ?? []).toString('latin1')).toBe('["\xff\xe2\x82"]');
    expect(found.get('text')?.revealText()).toBe('\ufffd\ufffd\ufffdé');
  });

  test('any object of strings is read back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (object) => {
        expect(Object.fromEntries(members(JSON.stringify(object, null, 1)))).toEqual({ ...object });
      }),
    );
  });

  test('what is accepted is what JSON.parse accepts', () => {
    const jsonLike = fc.array(
      fc.constantFrom('{', '}', '[', ']', '"a"', ':', ',', '1', '-', '0', '.', 'e', 'null', 'true', ' ', '"\\', 'u'),
      { maxLength: 12 },
    );

    fc.assert(
      fc.property(
        fc.oneof(
          jsonLike.map((parts) => parts.join('')),
          fc.json(),
        ),
        (text) => {
          expect(isSyntaxRefused(text)).toBe(!isJson(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('arrays nested as deep as Go allows are read without exhausting the stack', () => {
    expect(members(`{"a":${'['.repeat(9999)}${']'.repeat(9999)}}`)).toHaveLength(1);
    expect(() => members('['.repeat(10_001))).toThrow('exceeded max depth');
  });
});

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const isSyntaxRefused = (text: string): boolean => {
  try {
    members(text);
    return false;
  } catch (error) {
    return error instanceof Error && !error.message.includes('json: cannot unmarshal');
  }
};

describe('a secret that is no JSON object', () => {
  test.each([
    ['[]', 'json: cannot unmarshal array into Go value of type map[string]json.RawMessage'],
    ['"text"', 'json: cannot unmarshal string into Go value of type map[string]json.RawMessage'],
    ['-12.5', 'json: cannot unmarshal number into Go value of type map[string]json.RawMessage'],
    ['true', 'json: cannot unmarshal bool into Go value of type map[string]json.RawMessage'],
    ['false', 'json: cannot unmarshal bool into Go value of type map[string]json.RawMessage'],
    ['', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['{"a', 'unexpected end of JSON input'],
    ['abc', 'invalid character at offset 0 looking for beginning of value'],
    ['-----', 'invalid character at offset 1 in numeric literal'],
    ['{"a":1,}', 'invalid character at offset 7 looking for beginning of object key string'],
    ['{"a":1} x', 'invalid character at offset 8 after top-level value'],
    ['{"a" 1}', 'invalid character at offset 5 after object key'],
    ['{"a":1 "b"}', 'invalid character at offset 7 after object key:value pair'],
    ['[1 2]', 'invalid character at offset 3 after array element'],
    ['[1,]', 'invalid character at offset 3 looking for beginning of value'],
    ['01', 'invalid character at offset 1 after top-level value'],
    ['1.x', 'invalid character at offset 2 after decimal point in numeric literal'],
    ['1e+', 'invalid character at offset 3 in exponent of numeric literal'],
    ['tru3', 'invalid character at offset 3 in literal'],
    ['"a\n"', 'invalid character at offset 2 in string literal'],
    ['"a\\q"', 'invalid character at offset 3 in string escape code'],
    ['"\\u12g4"', 'invalid character at offset 5 in \\u hexadecimal character escape'],
    ['"é"x', 'invalid character at offset 4 after top-level value'],
  ])('%j is refused, saying where and not what', (text, problem) => {
    expect(() => members(text)).toThrow(new InvalidSecretValueError(`unable to unmarshal secret prod/db: ${problem}`));
  });
});
