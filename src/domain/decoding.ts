import { decodeBase64 } from './go-base64.ts';
import { compareBytes } from './go-map-text.ts';
import { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError } from './sync-error.ts';

/** `decodingStrategy`; empty when the manifest says nothing, which works as `None`. */
export type DecodingStrategy = '' | 'None' | 'Base64' | 'Base64URL' | 'Auto';
/** `nullBytePolicy`; empty works as `Ignore`. */
export type NullBytePolicy = '' | 'Ignore' | 'Fail';

/**
 * Decodes one value. `Auto` tries both alphabets and keeps what is neither; so plain text that happens to be base64,
 * such as `1234`, is decoded too.
 *
 * @throws InvalidSecretValueError - not base64; names the offset, never the byte there
 */
export const decodeValue = (value: SecretValue, strategy: DecodingStrategy): SecretValue => {
  const result = tryDecode(value, strategy);
  if (result instanceof SecretValue) {
    return result;
  }
  throw new InvalidSecretValueError(`error applying decoding strategy ${strategy} to data: ${result.problem}`);
};

/**
 * Decodes every value of a `dataFrom` entry.
 *
 * @throws InvalidSecretValueError - names the first key, in byte order, whose value is not base64
 */
export const decodeValues = (
  values: ReadonlyMap<string, SecretValue>,
  strategy: DecodingStrategy,
): ReadonlyMap<string, SecretValue> => {
  const decoded = new Map<string, SecretValue>();
  for (const [key, value] of sortedByKey(values)) {
    const result = tryDecode(value, strategy);
    if (!(result instanceof SecretValue)) {
      throw new InvalidSecretValueError(
        `error applying decoding strategy ${strategy} to data: failure decoding key ${key}: ${result.problem}`,
      );
    }
    decoded.set(key, result);
  }
  return decoded;
};

/**
 * Under `Fail`, refuses values that hold a zero byte: most programs end a text there.
 *
 * @throws InvalidSecretValueError - names the first such key in byte order
 */
export const checkNullBytes = (values: ReadonlyMap<string, SecretValue>, policy: NullBytePolicy): void => {
  if (policy !== 'Fail') {
    return;
  }
  const offender = sortedByKey(values).find(([, value]) => value.reveal().includes(0));
  if (offender !== undefined) {
    throw new InvalidSecretValueError(
      `fetched secret value for key "${offender[0]}" contains null bytes; use a text-safe format such as PEM/base64 or leave nullBytePolicy unset for intentional binary data`,
    );
  }
};

/** What a value decodes to, or why it does not; the problem names the offset, never the byte there. */
export type Attempt = SecretValue | { readonly problem: string };

export const tryDecode = (value: SecretValue, strategy: DecodingStrategy): Attempt => {
  switch (strategy) {
    case '':
    case 'None':
      return value;
    case 'Base64':
      return attemptBase64(value, 'standard');
    case 'Base64URL':
      return attemptBase64(value, 'url');
    case 'Auto':
      return (
        [attemptBase64(value, 'standard'), attemptBase64(value, 'url')].find(
          (attempt) => attempt instanceof SecretValue,
        ) ?? value
      );
  }
};

const attemptBase64 = (value: SecretValue, alphabet: 'standard' | 'url'): Attempt => {
  const result = decodeBase64(value.reveal(), alphabet);
  return result.ok
    ? SecretValue.fromBytes(result.bytes)
    : { problem: `illegal base64 data at input byte ${result.offset}` };
};

const sortedByKey = (values: ReadonlyMap<string, SecretValue>): readonly (readonly [string, SecretValue])[] =>
  [...values].sort(([a], [b]) => compareBytes(a, b));
