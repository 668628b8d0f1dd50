import { createHash } from 'node:crypto';
import { goMapText, goValueText, type JsonValue } from './go-map-text.ts';
import type { SecretValue } from './secret-value.ts';

const FIELD_MANAGER_PREFIX = 'externalsecrets.external-secrets.io/';
/** Kubernetes allows 128; the reference shortens from here on, and its names are what we must find again. */
const MAX_FIELD_MANAGER_BYTES = 63;

const sha3 = (text: string): string => createHash('sha3-224').update(text, 'utf8').digest('hex');

/** The `data-hash` annotation: over the complete data of the Secret, keys of others included. */
export const dataHash = (data: ReadonlyMap<string, SecretValue>): string =>
  sha3(goMapText([...data].map(([key, value]) => [key, `[${value.reveal().join(' ')}]`])));

/** The same annotation on targets that are not Secrets: over their `data` or `spec`, whatever its shape. */
export const valueHash = (value: JsonValue): string => sha3(goValueText(value));

/** The value of the `created-by` label on targets of the ExternalSecret `namespace/name`. */
export const createdByHash = (namespace: string, name: string): string => sha3(`${namespace}/${name}`);

type Metadata = Readonly<Record<string, string>>;

/** One hash over labels and annotations; differs when any of them does. Absent is the same as empty. */
export const metadataHash = (labels: Metadata = {}, annotations: Metadata = {}): string =>
  sha3(`{annotations:${goMapText(Object.entries(annotations))} labels:${goMapText(Object.entries(labels))}}`);

/** What `status.syncedResourceVersion` records of an object, to know later whether somebody changed it. */
export const syncedResourceVersion = (object: {
  readonly generation: number;
  readonly labels?: Metadata | undefined;
  readonly annotations?: Metadata | undefined;
}): string => `${object.generation}-${metadataHash(object.labels, object.annotations)}`;

/**
 * The field manager under which the ExternalSecret `name` writes. The reference uses the same names, so keys that an
 * operator wrote before us are found in `managedFields` and can be removed.
 */
export const fieldManagerFor = (name: string): string => {
  const plain = `${FIELD_MANAGER_PREFIX}${name}`;
  return Buffer.byteLength(plain) > MAX_FIELD_MANAGER_BYTES ? `${FIELD_MANAGER_PREFIX}sha3/${sha3(name)}` : plain;
};

/** The ExternalSecret that writes under a field manager; undefined: none does, or its name is too long to be in there. */
export const externalSecretOf = (manager: string): string | undefined => {
  const name = manager.startsWith(FIELD_MANAGER_PREFIX) ? manager.slice(FIELD_MANAGER_PREFIX.length) : '';
  return name === '' || name.includes('/') ? undefined : name;
};
