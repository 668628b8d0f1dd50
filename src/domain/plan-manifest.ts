import type { ExternalSecret } from './external-secret.ts';
import type { JsonValue } from './go-map-text.ts';
import { fieldManagerFor, valueHash } from './hashes.ts';
import { isJsonObject, type JsonObject } from './manifest-path.ts';
import { contentOf, type ManifestTarget, toContent } from './manifest-target.ts';
import { ownedAnnotations, ownedLabels, ownedUnder } from './owned-fields.ts';
import type { ReadyOutcome } from './plan-sync.ts';
import { DATA_HASH_ANNOTATION, MANAGED_LABEL } from './plan-target.ts';
import type { SecretData } from './target-content.ts';
import { TargetRefusedError } from './target-error.ts';
import { CREATED_BY_LABEL, owningExternalSecret, withOwnership } from './target-ownership.ts';

type Texts = Readonly<Record<string, string>>;

/** The condition where such targets are switched off: it keeps the words for Secrets. */
export const DISABLED = 'invalid generic target';

/** What an ExternalSecret puts into a target that is no Secret. */
export interface ManifestContent {
  readonly labels: Texts;
  readonly annotations: Texts;
  /** The members beside the metadata. */
  readonly members: JsonObject;
}

export type ManifestPlan =
  | { readonly action: 'none' | 'missing' }
  | { readonly action: 'create' | 'update'; readonly object: ManifestTarget }
  | { readonly action: 'delete'; readonly object: ManifestTarget };

const keepsForeign = ({ target }: ExternalSecret): boolean =>
  target.creationPolicy === 'Merge' || target.creationPolicy === 'CreateOrMerge';

/** What is there before any template is applied: what others put there in shared objects, and the kind's empty form. */
export const membersBefore = (es: ExternalSecret, existing: ManifestTarget | undefined): JsonObject => {
  if (existing !== undefined && keepsForeign(es)) return contentOf(existing);
  const kind = es.target.manifest?.kind;
  return kind === 'ConfigMap' || kind === 'Secret' ? { data: {} } : { spec: {} };
};

/** Without a template: a ConfigMap gets the values as its data, any other kind as `spec.data`. */
export const plainManifest = (
  es: ExternalSecret,
  existing: ManifestTarget | undefined,
  data: SecretData,
): ManifestContent => {
  const members = membersBefore(es, existing);
  const texts = Object.fromEntries([...data].map(([key, value]) => [key, value.revealText()]));
  const { labels, annotations } = es;
  const isConfigMap = es.target.manifest?.kind === 'ConfigMap';
  const owner = isConfigMap ? members : asObject(members['spec']);
  const owned = ownedUnder(existing, fieldManagerFor(es.name), isConfigMap ? ['f:data'] : ['f:spec', 'f:data']);
  const kept = Object.entries(asObject(owner['data'])).filter(([key]) => !owned.has(key));
  const filled = { ...owner, data: { ...Object.fromEntries(kept), ...texts } };
  return { labels, annotations, members: isConfigMap ? filled : { ...members, spec: filled } };
};

const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

/**
 * Unlike the reference, an object that another ExternalSecret controls is refused under every policy, what others keep in
 * the metadata stays, and what is equal is not written.
 * @throws TargetRefusedError
 */
export const planManifest = (
  es: ExternalSecret,
  existing: ManifestTarget | undefined,
  content: ManifestContent,
): ManifestPlan => {
  const { creationPolicy } = es.target;
  if (creationPolicy === 'None') return { action: 'none' };
  if (existing === undefined && creationPolicy === 'Merge') return { action: 'missing' };
  const object = desired(es, existing, content);
  if (existing === undefined) return { action: 'create', object };
  return sameManifest(existing, object) ? { action: 'none' } : { action: 'update', object };
};

/** @throws TargetRefusedError - it is not ours to delete */
export const planManifestDeletion = (es: ExternalSecret, existing: ManifestTarget | undefined): ManifestPlan => {
  const refuse = (why: string) =>
    new TargetRefusedError('could not delete secret', `unable to delete ${kindOf(es)} ${es.target.name}: ${why}`);
  if (es.target.creationPolicy !== 'Owner') throw refuse(`creationPolicy=${es.target.creationPolicy} is not Owner`);
  if (existing === undefined) return { action: 'none' };
  if (owningExternalSecret(existing)?.name !== es.name)
    throw refuse(`it is not controlled by ExternalSecret ${es.name}`);
  return { action: 'delete', object: existing };
};

export const kindOf = ({ target }: ExternalSecret): string => target.manifest?.kind ?? 'Secret';

/** As for Secrets: an Orphan is left as it is found until the next refresh. */
export const isManifestValid = (es: ExternalSecret, existing: ManifestTarget | undefined): boolean => {
  if (es.target.creationPolicy === 'Orphan') return true;
  if (existing === undefined || existing.labels[MANAGED_LABEL] !== 'true') return false;
  return existing.annotations[DATA_HASH_ANNOTATION] === hashOf(contentOf(existing));
};

/** Undefined: there is nothing to hash. */
const hashOf = (members: JsonObject): string | undefined => {
  const hashed = members['spec'] ?? members['data'];
  return hashed === undefined ? undefined : valueHash(hashed);
};

const emptyManifest = (es: ExternalSecret): ManifestTarget => ({
  ref: {
    apiVersion: es.target.manifest?.apiVersion ?? '',
    kind: kindOf(es),
    namespace: es.namespace,
    name: es.target.name,
  },
  uid: '',
  resourceVersion: '',
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  content: toContent({}),
});

const desired = (
  es: ExternalSecret,
  existing: ManifestTarget | undefined,
  { labels, annotations, members }: ManifestContent,
): ManifestTarget => {
  const hash = hashOf(members);
  if (hash === undefined)
    throw new TargetRefusedError(
      'could not update secret',
      `unable to update ${kindOf(es)} ${es.target.name}: it has neither spec nor data to hash`,
    );
  const base = existing ?? emptyManifest(es);
  const manager = fieldManagerFor(es.name);
  const { namespace, name } = base.ref;
  const owned = withOwnership({ namespace, name, labels: base.labels, ownerReferences: base.ownerReferences }, es);
  return {
    ...base,
    ownerReferences: owned.ownerReferences,
    labels: { ...without(owned.labels, ownedLabels(base, manager)), ...labels, ...ownLabels(owned.labels) },
    annotations: {
      ...without(base.annotations, ownedAnnotations(base, manager)),
      ...annotations,
      [DATA_HASH_ANNOTATION]: hash,
    },
    content: toContent(members),
  };
};

const ownLabels = (labels: Texts): Texts => {
  const createdBy = Object.entries(labels).filter(([name]) => name === CREATED_BY_LABEL);
  return { ...Object.fromEntries(createdBy), [MANAGED_LABEL]: 'true' };
};

const without = (members: Texts, names: ReadonlySet<string>): Texts =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !names.has(name)));

const sameManifest = (a: ManifestTarget, b: ManifestTarget): boolean =>
  sorted(contentOf(a)) === sorted(contentOf(b)) &&
  sorted(a.labels) === sorted(b.labels) &&
  sorted(a.annotations) === sorted(b.annotations) &&
  sorted(a.ownerReferences) === sorted(b.ownerReferences);

/** The API server's order of members is not ours. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([x], [y]) => (x < y ? -1 : 1)))
      : member,
  );

/** What is said of a Secret, said of an object of another kind. */
export const asResource = ({ status, reason, message }: ReadyOutcome): ReadyOutcome => ({
  status,
  reason: message === DISABLED ? reason : reason.replace(/^Secret/, 'Resource'),
  message: message === 'could not delete secret' ? 'could not delete resource' : message,
});
