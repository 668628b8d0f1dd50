import { InvalidSecretValueError } from '../sync-error.ts';
import type { PushEntry } from './push-entry.ts';
import type { PushData } from './push-secret.ts';
import { convertedKeys } from './reverse-unicode.ts';

/**
 * The entries of `data` for one source.
 * @throws InvalidSecretValueError - keys that become the same, or a key that the source does not have
 */
export const explicitEntries = (data: readonly PushData[], keys: Iterable<string>): readonly PushEntry[] => {
  const source = [...keys];
  return data.map((entry) => {
    const converted = conversionOf(entry, source);
    if (entry.secretKey === '') return { ...entry, sourceKey: '', members: converted };
    const sourceKey = converted.get(entry.secretKey);
    if (sourceKey === undefined) throw new InvalidSecretValueError(`secret key ${entry.secretKey} does not exist`);
    return { ...entry, sourceKey };
  });
};

const conversionOf = ({ conversionStrategy }: PushData, keys: readonly string[]): ReadonlyMap<string, string> => {
  try {
    return convertedKeys(keys, conversionStrategy);
  } catch (error) {
    if (!(error instanceof InvalidSecretValueError)) throw error;
    throw new InvalidSecretValueError(`could not apply conversion strategy to keys: ${error.message}`);
  }
};
