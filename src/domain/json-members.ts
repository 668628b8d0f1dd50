import { skipKey, skipSpace, skipString, skipValue } from './json-grammar.ts';
import { jsonObjectProblem, textOfLatin1 } from './json-object.ts';
import { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError } from './sync-error.ts';

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
  const problem = jsonObjectProblem(text, 'map[string]json.RawMessage');
  if (problem !== undefined) {
    throw new InvalidSecretValueError(`unable to unmarshal secret ${key}: ${problem}`);
  }
  return new Map(membersOf(text, skipSpace(text, 0)));
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
const unquote = (literal: string): string => String(JSON.parse(textOfLatin1(literal))).toWellFormed();
