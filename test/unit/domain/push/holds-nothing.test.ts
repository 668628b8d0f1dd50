import { describe, expect, test } from '@jest/globals';
import { holdsNothing } from '../../../../src/domain/push/holds-nothing.ts';
import { SecretValue } from '../../../../src/domain/secret-value.ts';

describe('a document', () => {
  test.each(['', '{}', ' { } \n', '[]', '{"a":{"b":{}},"list":[]}', '[[],{}]'])('holds nothing: %j', (text) => {
    expect(holdsNothing(SecretValue.fromText(text))).toBe(true);
  });

  test.each(['{"a":null}', '{"a":{"b":""}}', '[0]', '"text"', 'null', 'false'])('holds something: %j', (text) => {
    expect(holdsNothing(SecretValue.fromText(text))).toBe(false);
  });
});
