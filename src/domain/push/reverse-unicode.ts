import { InvalidSecretValueError } from '../sync-error.ts';
import type { PushConversion } from './push-secret.ts';

/** What the conversion `Unicode` of an ExternalSecret makes of a character that no key may hold. */
const ENCODED = /_U([0-9a-fA-F]{4,5})_/g;

const convertName = (name: string, strategy: PushConversion): string =>
  strategy === 'None' ? name : name.replace(ENCODED, (_, digits: string) => characterOf(Number.parseInt(digits, 16)));

/** Halves of a pair are no characters; Go writes the sign for that. */
const characterOf = (code: number): string =>
  code >= 0xd800 && code <= 0xdfff ? '\ufffd' : String.fromCodePoint(code);

/**
 * The keys of a source under the names that entries call them by.
 * @returns source keys, by converted name
 * @throws InvalidSecretValueError - two keys become the same
 */
export const convertedKeys = (keys: Iterable<string>, strategy: PushConversion): ReadonlyMap<string, string> => {
  const converted = new Map<string, string>();
  for (const key of keys) {
    const name = convertName(key, strategy);
    if (converted.has(name)) throw new InvalidSecretValueError(`secret name collision during conversion: ${name}`);
    converted.set(name, key);
  }
  return converted;
};
