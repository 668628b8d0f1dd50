import { checkJson, JsonSyntaxError, skipKey, skipSpace, skipString, skipValue } from './json-grammar.ts';
import { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError } from './sync-error.ts';

/** In latin1: bytes that begin no UTF-8 sequence, next to sequences that are whole. */
const BEYOND_ASCII =
  /([\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|[\x80-\xff]/g;
const REPLACEMENT_CHARACTER = '\xef\xbf\xbd';

/**
 * The members of a secret that is a JSON object, for `dataFrom.extract`: strings unquoted, `null` as empty value,
 * everything else as it is written, inner white space and digits included. The last of equal names wins. A secret that
 * is `null` has no members.
 *
 * @param key - the remote key, for messages only
 * @throws InvalidSecretValueError - with the text of Go's `encoding/json`, less the characters of the secret in it: not
 *   JSON, or JSON but no object
 */
export const jsonMembers = (value: SecretValue, key: string): ReadonlyMap<string, SecretValue> => {
  const text = Buffer.from(value.reveal()).toString('latin1');
  const problem = syntaxProblem(text) ?? typeProblem(text);
  if (problem !== undefined) {
    throw new InvalidSecretValueError(`unable to unmarshal secret ${key}: ${problem}`);
  }
  return new Map(membersOf(text, skipSpace(text, 0)));
};

const syntaxProblem = (text: string): string | undefined => {
  try {
    checkJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
};

const typeProblem = (text: string): string | undefined => {
  const type = typeStartingWith(text.charAt(skipSpace(text, 0)));
  return type === undefined
    ? undefined
    : `json: cannot unmarshal ${type} into Go value of type map[string]json.RawMessage`;
};

const typeStartingWith = (character: string): string | undefined => {
  switch (character) {
    case '{':
    case 'n':
      return undefined;
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
      return 'bool';
    default:
      return 'number';
  }
};

/** Of a text already known to be one object or `null`. */
function* membersOf(text: string, start: number): Generator<readonly [string, SecretValue]> {
  let at = text[start] === '{' ? skipSpace(text, start + 1) : text.length;
  while (text[at] === '"') {
    const name = unquote(text.slice(at, skipString(text, at)));
    const valueStart = skipKey(text, at);
    const valueEnd = skipValue(text, valueStart);
    yield [name, memberValue(text.slice(valueStart, valueEnd))];
    const next = skipSpace(text, valueEnd);
    at = text[next] === ',' ? skipSpace(text, next + 1) : next;
  }
}

const memberValue = (raw: string): SecretValue => {
  if (raw === 'null') {
    return SecretValue.fromText('');
  }
  return raw.startsWith('"') ? SecretValue.fromText(unquote(raw)) : SecretValue.fromBytes(Buffer.from(raw, 'latin1'));
};

/** The text of a valid JSON string; as in Go, every stray byte and every lone surrogate becomes U+FFFD. */
const unquote = (literal: string): string => {
  const wellFormed = literal.replace(BEYOND_ASCII, (_, sequence?: string) => sequence ?? REPLACEMENT_CHARACTER);
  return String(JSON.parse(Buffer.from(wellFormed, 'latin1').toString('utf8'))).toWellFormed();
};
