import { checkNullBytes, decodeValue, decodeValues } from './decoding.ts';
import type { ExternalSecret, RemoteRef, StoreRef } from './external-secret.ts';
import type { RewriteOperation } from './rewrite.ts';
import { convertKeys, validateKeys } from './secret-keys.ts';
import type { SecretValue } from './secret-value.ts';
import type { SecretData } from './target-content.ts';

/** One `data` entry or one `dataFrom[].extract`, in the order in which they are applied: later ones win. */
export interface SpecEntry {
  /** As the reference's messages name it: `spec.data[0] (key: db)`, `spec.dataFrom[1].extract`. */
  readonly label: string;
  /** The event's text when the key does not exist; the reference says dataFrom for both. */
  readonly missingMessage: string;
  /** Its place in the order in which entries are applied. */
  readonly position: number;
  readonly store: StoreRef;
  readonly ref: RemoteRef;
  /** Absent: every member of the value is a key. */
  readonly secretKey?: string;
  readonly rewrite: readonly RewriteOperation[];
}

/** `dataFrom` first, so that `data` overrides it. */
export const specEntries = (es: ExternalSecret): readonly SpecEntry[] => [
  ...es.dataFrom.flatMap(({ extract, store, rewrite }, index) =>
    extract === undefined
      ? []
      : [
          {
            label: `spec.dataFrom[${index}].extract`,
            missingMessage: `secret does not exist at provider using spec.dataFrom[${index}]`,
            position: index,
            store,
            ref: extract,
            rewrite,
          },
        ],
  ),
  ...es.data.map(({ remoteRef, secretKey, store }, index) => ({
    label: `spec.data[${index}] (key: ${remoteRef.key})`,
    missingMessage: `secret does not exist at provider using spec.dataFrom[${index}] (key=${remoteRef.key})`,
    position: es.dataFrom.length + index,
    store,
    ref: remoteRef,
    secretKey,
    rewrite: [],
  })),
];

/**
 * The one key of a `data` entry.
 * @throws InvalidSecretValueError - not decodable, or a zero byte that is refused
 */
export const oneKey = (secretKey: string, value: SecretValue, ref: RemoteRef): SecretData => {
  const values = new Map([[secretKey, decodeValue(value, ref.decodingStrategy)]]);
  checkNullBytes(values, ref.nullBytePolicy);
  return values;
};

/** How the keys and values of a `dataFrom` entry are brought into the form a Secret takes. */
export interface KeyRules extends Pick<RemoteRef, 'conversionStrategy' | 'decodingStrategy' | 'nullBytePolicy'> {
  /** Keys that were rewritten are not converted: what is still wrong with them is an error. */
  readonly rewritten: boolean;
}

/**
 * The keys of a `dataFrom` entry, once its rewrites were applied.
 * @throws InvalidSecretValueError - an illegal key, not decodable, or a zero byte that is refused
 */
export const manyKeys = (values: SecretData, rules: KeyRules): SecretData => {
  const converted = rules.rewritten ? values : convertKeys(values, rules.conversionStrategy);
  const decoded = decodeValues(validateKeys(converted), rules.decodingStrategy);
  checkNullBytes(decoded, rules.nullBytePolicy);
  return decoded;
};
