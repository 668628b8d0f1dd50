import { checkNullBytes, decodeValues } from './decoding.ts';
import type { ExternalSecret, Find, StoreRef } from './external-secret.ts';
import { convertKeys, validateKeys } from './secret-keys.ts';
import type { SecretValue } from './secret-value.ts';
import type { SecretContent } from './select-value.ts';

/** One `dataFrom[].find`. */
export interface FindEntry {
  /** As the reference's messages name it: `spec.dataFrom[1].find`. */
  readonly label: string;
  /** Index in `dataFrom`: later entries win. */
  readonly position: number;
  readonly store: StoreRef;
  readonly find: Find;
}

export const findEntries = (es: ExternalSecret): readonly FindEntry[] =>
  es.dataFrom.flatMap(({ find, store }, position) =>
    find === undefined ? [] : [{ label: `spec.dataFrom[${position}].find`, position, store, find }],
  );

/**
 * Keys and values that an entry contributes, from what it found under which names. Values are taken as they are, not
 * read as JSON; a secret that holds nothing is left out.
 * @throws InvalidSecretValueError - an illegal key, two names that become one key, not decodable
 */
export const foundValues = (
  { find }: FindEntry,
  found: ReadonlyMap<string, SecretContent>,
): ReadonlyMap<string, SecretValue> => {
  const values = new Map<string, SecretValue>();
  for (const [name, { text, binary }] of found) {
    const value = text ?? binary;
    if (value !== undefined) values.set(name, value);
  }
  const keys = validateKeys(convertKeys(values, find.conversionStrategy));
  const decoded = decodeValues(keys, find.decodingStrategy);
  checkNullBytes(decoded, find.nullBytePolicy);
  return decoded;
};
