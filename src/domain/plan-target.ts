import type { ExternalSecret } from './external-secret.ts';
import { dataHash, fieldManagerFor } from './hashes.ts';
import { ownedAnnotations, ownedDataKeys, ownedLabels } from './owned-fields.ts';
import type { SecretData, TargetContent } from './target-content.ts';
import { TargetRefusedError } from './target-error.ts';
import { withOwnership } from './target-ownership.ts';
import type { OwnerReference, TargetSecret } from './target-secret.ts';

export const MANAGED_LABEL = 'reconcile.external-secrets.io/managed';
export const DATA_HASH_ANNOTATION = 'reconcile.external-secrets.io/data-hash';

/** What is to be done to the target. A `refusal` is raised after the write, which then touches metadata only. */
export type TargetPlan =
  | { readonly action: 'none'; readonly refusal?: TargetRefusedError }
  | { readonly action: 'missing' }
  | { readonly action: 'create'; readonly secret: TargetSecret }
  | { readonly action: 'update'; readonly secret: TargetSecret; readonly refusal?: TargetRefusedError };

/** Whether the target gets content at all: it is ours to write, and not one that was frozen. */
export const getsContent = ({ target }: ExternalSecret, existing: TargetSecret | undefined): boolean => {
  if (target.creationPolicy === 'None') return false;
  return existing === undefined ? target.creationPolicy !== 'Merge' : !target.immutable;
};

/**
 * The Secret an ExternalSecret wants, given what is there now.
 * @throws TargetRefusedError - somebody else owns the Secret
 */
export const planTarget = (
  es: ExternalSecret,
  existing: TargetSecret | undefined,
  content: TargetContent,
): TargetPlan => {
  const { creationPolicy } = es.target;
  if (creationPolicy === 'None') return { action: 'none' };
  if (existing === undefined && creationPolicy === 'Merge') return { action: 'missing' };
  const desired = desiredTarget(es, existing, content);
  if (existing === undefined) return { action: 'create', secret: desired };
  if (existing.immutable && !es.target.immutable && contentDiffers(existing, desired))
    return refuseImmutable(existing, desired);
  return sameSecret(existing, desired) ? { action: 'none' } : { action: 'update', secret: desired };
};

/**
 * Valid targets are left alone until the next refresh. Orphan is always valid: whoever deletes or edits such a Secret
 * is obeyed.
 */
export const isTargetValid = (es: ExternalSecret, target: TargetSecret | undefined): boolean => {
  if (es.target.creationPolicy === 'Orphan') return true;
  if (target === undefined) return false;
  return target.labels[MANAGED_LABEL] === 'true' && target.annotations[DATA_HASH_ANNOTATION] === dataHash(target.data);
};

const emptyTarget = (es: ExternalSecret): TargetSecret => ({
  namespace: es.namespace,
  name: es.target.name,
  uid: '',
  resourceVersion: '',
  type: '',
  immutable: false,
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  data: new Map(),
});

const desiredTarget = (
  es: ExternalSecret,
  existing: TargetSecret | undefined,
  content: TargetContent,
): TargetSecret => {
  const base = existing ?? emptyTarget(es);
  const filled = getsContent(es, existing) ? withContent(base, es, content) : base;
  const owned = withOwnership({ ...filled, immutable: es.target.immutable || base.immutable }, es);
  return {
    ...owned,
    labels: { ...owned.labels, [MANAGED_LABEL]: 'true' },
    annotations: { ...owned.annotations, [DATA_HASH_ANNOTATION]: dataHash(owned.data) },
  };
};

/** Takes away what earlier syncs put there, as the API server recorded it, and puts today's content in. */
const withContent = (secret: TargetSecret, es: ExternalSecret, content: TargetContent): TargetSecret => {
  const manager = fieldManagerFor(es.name);
  const replacesAll = es.target.creationPolicy === 'Owner' || es.target.creationPolicy === 'Orphan';
  const foreign = replacesAll ? new Map() : withoutKeys(secret.data, ownedDataKeys(secret, manager));
  return {
    ...secret,
    type: content.type === '' ? secret.type : content.type,
    labels: { ...withoutMembers(secret.labels, ownedLabels(secret, manager)), ...content.labels },
    annotations: { ...withoutMembers(secret.annotations, ownedAnnotations(secret, manager)), ...content.annotations },
    finalizers: withFinalizers(secret, content.finalizers),
    data: new Map([...foreign, ...content.data]),
  };
};

/** The API server refuses new ones on a Secret that is being deleted. */
const withFinalizers = ({ finalizers, deletionTimestamp }: TargetSecret, wanted: readonly string[]) =>
  deletionTimestamp === undefined ? [...new Set([...finalizers, ...wanted])] : finalizers;

const withoutKeys = (data: SecretData, keys: ReadonlySet<string>): SecretData =>
  new Map([...data].filter(([key]) => !keys.has(key)));

const withoutMembers = (
  members: Readonly<Record<string, string>>,
  names: ReadonlySet<string>,
): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(members).filter(([name]) => !names.has(name)));

/** An immutable Secret's metadata may still change, the hash of the wanted data included; its data may not. */
const refuseImmutable = (existing: TargetSecret, desired: TargetSecret): TargetPlan => {
  const secret = { ...desired, data: existing.data, type: existing.type, immutable: true };
  const refusal = new TargetRefusedError(
    'could not update secret, target is immutable',
    `unable to update secret ${existing.name}: secret is immutable`,
  );
  return sameSecret(existing, secret) ? { action: 'none', refusal } : { action: 'update', secret, refusal };
};

const contentDiffers = (a: TargetSecret, b: TargetSecret): boolean => a.type !== b.type || !sameData(a.data, b.data);

const sameSecret = (a: TargetSecret, b: TargetSecret): boolean =>
  !contentDiffers(a, b) &&
  a.immutable === b.immutable &&
  a.finalizers.length === b.finalizers.length && // none is ever taken away
  sameMembers(a.labels, b.labels) &&
  sameMembers(a.annotations, b.annotations) &&
  sameOwners(a.ownerReferences, b.ownerReferences);

const sameOwners = (a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean =>
  JSON.stringify(a.map(sortedMembers)) === JSON.stringify(b.map(sortedMembers));

/** The API server's order of members is not ours. */
const sortedMembers = (owner: OwnerReference): readonly (readonly [string, unknown])[] =>
  Object.entries(owner).sort(([a], [b]) => (a < b ? -1 : 1));

export const sameData = (a: SecretData, b: SecretData): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key)?.equals(value) === true);

const sameMembers = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([name, value]) => b[name] === value);
