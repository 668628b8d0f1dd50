import type { RemoteRef } from './external-secret.ts';
import { isPlainPath, readProperty } from './property-path.ts';
import type { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError, UnsupportedError } from './sync-error.ts';

/** What a provider may hold under one key. */
export interface SecretContent {
  readonly text?: SecretValue;
  readonly binary?: SecretValue;
}

/**
 * The part of a secret that a `remoteRef` asks for.
 * @throws InvalidSecretValueError - the secret holds nothing, or not that property
 * @throws UnsupportedError - the property is a query
 */
export const selectValue = (content: SecretContent, { key, property }: RemoteRef): SecretValue => {
  if (property === '') return wholeValue(content, key);
  if (!isPlainPath(property)) throw new UnsupportedError(`the query "${property}" as property of key ${key}`);
  const searched = content.binary ?? content.text;
  const found = searched === undefined ? undefined : readProperty(searched, property);
  if (found === undefined) throw new InvalidSecretValueError(`key ${property} does not exist in secret ${key}`);
  return found;
};

const wholeValue = ({ text, binary }: SecretContent, key: string): SecretValue => {
  const value = text ?? binary;
  if (value === undefined)
    throw new InvalidSecretValueError(`invalid secret received. no secret string nor binary for key: ${key}`);
  return value;
};
