import { checkNullBytes, decodeValue, decodeValues } from './decoding.ts';
import type { ExternalSecret, RemoteRef, StoreRef } from './external-secret.ts';
import { jsonMembers } from './json-members.ts';
import { convertKeys, validateKeys } from './secret-keys.ts';
import type { SecretValue } from './secret-value.ts';
import { type SecretContent, selectValue } from './select-value.ts';

/** One `data` entry or one `dataFrom[].extract`, in the order in which they are applied: later ones win. */
export interface SpecEntry {
  /** As the reference's messages name it: `spec.data[0] (key: db)`, `spec.dataFrom[1].extract`. */
  readonly label: string;
  /** The event's text when the key does not exist; the reference says dataFrom for both. */
  readonly missingMessage: string;
  readonly store: StoreRef;
  readonly ref: RemoteRef;
  /** Absent: every member of the value is a key. */
  readonly secretKey?: string;
  /** Index in `dataFrom`, or past all of them: later entries win. */
  readonly position: number;
}

/** `dataFrom` first, so that `data` overrides it. */
export const specEntries = (es: ExternalSecret): readonly SpecEntry[] => [
  ...es.dataFrom.flatMap(({ extract, store }, index) =>
    extract === undefined
      ? []
      : [
          {
            label: `spec.dataFrom[${index}].extract`,
            missingMessage: `secret does not exist at provider using spec.dataFrom[${index}]`,
            store,
            ref: extract,
            position: index,
          },
        ],
  ),
  ...es.data.map(({ remoteRef, secretKey, store }, index) => ({
    label: `spec.data[${index}] (key: ${remoteRef.key})`,
    missingMessage: `secret does not exist at provider using spec.dataFrom[${index}] (key=${remoteRef.key})`,
    store,
    ref: remoteRef,
    secretKey,
    position: es.dataFrom.length + index,
  })),
];

/**
 * Keys and values that an entry contributes, from what its key holds.
 * @throws InvalidSecretValueError - no such property, not JSON, an illegal key, not decodable
 */
export const entryValues = (entry: SpecEntry, content: SecretContent): ReadonlyMap<string, SecretValue> => {
  const { ref, secretKey } = entry;
  const value = selectValue(content, ref);
  if (secretKey === undefined) return extractValues(value, ref);
  const decoded = decodeValue(value, ref.decodingStrategy);
  const values = new Map([[secretKey, decoded]]);
  checkNullBytes(values, ref.nullBytePolicy);
  return values;
};

const extractValues = (value: SecretValue, ref: RemoteRef): ReadonlyMap<string, SecretValue> => {
  const members = jsonMembers(value, ref.key);
  const keys = validateKeys(convertKeys(members, ref.conversionStrategy));
  const decoded = decodeValues(keys, ref.decodingStrategy);
  checkNullBytes(decoded, ref.nullBytePolicy);
  return decoded;
};
