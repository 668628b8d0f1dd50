import type { ClusterClient, SecretRef, Written } from '../../../src/app/ports/cluster-client.ts';
import { ClusterRejectedError, WriteConflictError } from '../../../src/domain/sync-error.ts';
import type { TargetSecret } from '../../../src/domain/target-secret.ts';
import { toMirrored, toTarget } from './convert.ts';
import { withUpdate } from './managed-fields.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';

export type SecretCalls = Pick<
  ClusterClient,
  'readSecret' | 'createSecret' | 'replaceSecret' | 'deleteSecret' | 'findSecrets'
>;

/** The rules of the API server for Secrets, over `store`. */
export const createFakeSecrets = (store: ObjectStore): SecretCalls => ({
  readSecret: async (ref) => {
    const found = store.get(toRef(ref));
    return found === undefined ? undefined : toTarget(found);
  },

  createSecret: async (secret, fieldManager) => {
    if (store.get(namespaceRef(secret.namespace)) === undefined)
      throw new ClusterRejectedError(`creating secrets ${nameOf(secret)}: the namespace does not exist`);
    if (store.get(toRef(secret)) !== undefined)
      throw new WriteConflictError(`creating secrets ${nameOf(secret)}: AlreadyExists`);
    const managedFields = withUpdate([], fieldManager, { after: secret });
    return written(store.create({ ...fromTarget(secret), managedFields }));
  },

  replaceSecret: async (secret, fieldManager) => {
    const current = currentOf(store, secret);
    if (current.immutable) refuseChangeOfImmutable(current, secret);
    if (secret.type !== '' && secret.type !== current.type)
      throw new ClusterRejectedError(`updating secrets ${nameOf(secret)} was refused: Invalid: type`);
    const { uid, generation, managedFields: records } = current;
    const managedFields = withUpdate(records, fieldManager, { before: current, after: secret });
    const deletion = current.deletionTimestamp === undefined ? {} : { deletionTimestamp: current.deletionTimestamp };
    const { deletionTimestamp: _, ...content } = fromTarget(secret);
    return written(store.update({ ...current, ...content, ...deletion, uid, generation, managedFields }));
  },

  deleteSecret: async (ref, { uid, resourceVersion }) => {
    const current = store.get(toRef(ref));
    if (current === undefined || current.uid !== uid) return;
    if (resourceVersion !== undefined && resourceVersion !== current.resourceVersion)
      throw new WriteConflictError(`deleting secrets ${nameOf(ref)}: Conflict`);
    store.delete(current.ref);
  },

  findSecrets: async (namespace, labelSelector) =>
    store
      .list()
      .filter(({ ref }) => ref.kind === 'Secret' && ref.namespace === namespace)
      .filter(({ labels }) => labelSelector.split(',').every((term) => selects(term, labels)))
      .map(toMirrored),
});

const nameOf = ({ namespace, name }: SecretRef): string => `${namespace}/${name}`;
const toRef = ({ namespace, name }: SecretRef) => ({ kind: 'Secret' as const, namespace, name });
const namespaceRef = (name: string) => ({ kind: 'Namespace' as const, namespace: '', name });
export const written = ({ uid, resourceVersion }: StoredObject): Written => ({ uid, resourceVersion });

/** `name`, `name=value` and `name==value`. */
const selects = (term: string, labels: Readonly<Record<string, string>>): boolean => {
  const [name = '', value] = term.split(/==?/);
  return value === undefined ? Object.hasOwn(labels, name) : labels[name] === value;
};

const fromTarget = ({ namespace, name, uid: _, resourceVersion: __, type, ...secret }: TargetSecret) => ({
  ...secret,
  ref: toRef({ namespace, name }),
  type: type === '' ? 'Opaque' : type,
});

/** @throws WriteConflictError - gone, or no longer the version that was read */
const currentOf = (store: ObjectStore, secret: SecretRef & { readonly resourceVersion: string }): StoredObject => {
  const current = store.get(toRef(secret));
  if (current === undefined || current.resourceVersion !== secret.resourceVersion)
    throw new WriteConflictError(`updating secrets ${nameOf(secret)}: ${current ? 'Conflict' : 'NotFound'}`);
  return current;
};

const refuseChangeOfImmutable = (current: StoredObject, secret: TargetSecret): void => {
  const sameData =
    current.data.size === secret.data.size &&
    [...current.data].every(([key, value]) => secret.data.get(key)?.equals(value) === true);
  if (!secret.immutable || !sameData)
    throw new ClusterRejectedError(
      `updating secrets ${nameOf(secret)} was refused: Invalid: data (FieldValueForbidden)`,
    );
};
