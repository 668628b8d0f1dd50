import type { RemoteRef } from './external-secret.ts';
import { isPlainPath, propertyForms, readProperty } from './property-path.ts';
import { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError } from './sync-error.ts';

/** What a provider may hold under one key. */
export interface SecretContent {
  readonly text?: SecretValue;
  readonly binary?: SecretValue;
}

/** The part of a secret that a `remoteRef` asks for; or what gjson is to be asked for it, the first of `paths` first. */
export type Selection =
  | { readonly type: 'value'; readonly value: SecretValue }
  | { readonly type: 'query'; readonly document: SecretValue; readonly paths: readonly string[] };

/**
 * Plain paths are read here; queries are gjson's own.
 * @throws InvalidSecretValueError - the secret holds nothing, or not that property
 */
export const selectValue = (content: SecretContent, ref: RemoteRef): Selection => {
  const { key, property } = ref;
  if (property === '') return { type: 'value', value: wholeValue(content, key) };
  const document = content.binary ?? content.text ?? SecretValue.fromText('');
  if (!isPlainPath(property)) return { type: 'query', document, paths: propertyForms(property) };
  return { type: 'value', value: requireProperty(readProperty(document, property), ref) };
};

/** @throws InvalidSecretValueError - nothing was found */
export const requireProperty = (
  found: SecretValue | undefined,
  { key, property }: Pick<RemoteRef, 'key' | 'property'>,
): SecretValue => {
  if (found === undefined) throw new InvalidSecretValueError(`key ${property} does not exist in secret ${key}`);
  return found;
};

const wholeValue = ({ text, binary }: SecretContent, key: string): SecretValue => {
  const value = text ?? binary;
  if (value === undefined)
    throw new InvalidSecretValueError(`invalid secret received. no secret string nor binary for key: ${key}`);
  return value;
};
