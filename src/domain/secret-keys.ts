import type { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError } from './sync-error.ts';

/** `conversionStrategy`; empty when the manifest says nothing, which works as `Default`. */
export type ConversionStrategy = '' | 'Default' | 'Unicode';

/** Kubernetes' limit for the keys of a Secret. */
const MAX_KEY_BYTES = 253;
const FOREIGN_CHARACTER = /[^\p{L}\p{N}._-]/u;
const FOREIGN_CHARACTERS = new RegExp(FOREIGN_CHARACTER, 'gu');

/**
 * Replaces what a Secret's key may not hold: with `_`, or as `_U002f_` under `Unicode`.
 *
 * @throws InvalidSecretValueError - two keys become the same
 */
export const convertKeys = (
  entries: ReadonlyMap<string, SecretValue>,
  strategy: ConversionStrategy,
): ReadonlyMap<string, SecretValue> => {
  const converted = new Map<string, SecretValue>();
  for (const [key, value] of entries) {
    const name = convertKey(key, strategy);
    if (converted.has(name)) {
      throw new InvalidSecretValueError(
        `error applying conversion strategy ${strategy} to keys: secret name collision during conversion: ${name}`,
      );
    }
    converted.set(name, value);
  }
  return converted;
};

/**
 * Drops empty keys and refuses those a Secret cannot have. Letters and digits of any script pass, as they do in the
 * reference: the API server refuses what is not ASCII.
 *
 * @throws InvalidSecretValueError - a key is too long or holds a foreign character
 */
export const validateKeys = (entries: ReadonlyMap<string, SecretValue>): ReadonlyMap<string, SecretValue> => {
  const named = new Map([...entries].filter(([key]) => key !== ''));
  for (const key of named.keys()) {
    const problem = problemOfKey(key);
    if (problem !== undefined) {
      throw new InvalidSecretValueError(
        `invalid secret keys (TIP: use rewrite or conversionStrategy to change keys): ${problem}`,
      );
    }
  }
  return named;
};

const convertKey = (key: string, strategy: ConversionStrategy): string =>
  key.replace(FOREIGN_CHARACTERS, (character) => (strategy === 'Unicode' ? unicodeName(character) : '_'));

const unicodeName = (character: string): string =>
  `_U${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}_`;

const problemOfKey = (key: string): string | undefined => {
  const bytes = Buffer.from(key);
  if (bytes.length > MAX_KEY_BYTES) {
    const start = bytes.subarray(0, MAX_KEY_BYTES).toString();
    return `key has length ${bytes.length} but max is ${MAX_KEY_BYTES}: (following is truncated): ${start}`;
  }
  const foreign = FOREIGN_CHARACTER.exec(key);
  return foreign === null
    ? undefined
    : `key has invalid character ${foreign[0]}, only alphanumeric, '-', '.' and '_' are allowed: ${key}`;
};
