import { forbidden, preconditionFailed } from './api-error.ts';
import type { Cluster } from './cluster-state.ts';
import type { ObjectRequest } from './create-object.ts';
import type { Json, JsonObject } from './json.ts';
import { definedMembers, numberAt, objectAt, stringAt } from './json.ts';
import {
  finalizersOf,
  isBeingDeleted,
  nameOf,
  namespaceOf,
  ownersOf,
  toTimestamp,
  uidOf,
  versionOf,
  withMetadata,
} from './object-meta.ts';
import type { ResourceType } from './resource-type.ts';
import { collectionOf, keyOf } from './resource-type.ts';
import { serveObject } from './stored-object.ts';
import { getStored, requestKey } from './update-object.ts';

export interface DeleteOptions {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly orphan: boolean;
}

export const readDeleteOptions = (body: Json | undefined, query: URLSearchParams): DeleteOptions => {
  const preconditions = objectAt(body, 'preconditions');
  const policy = stringAt(body, 'propagationPolicy') ?? query.get('propagationPolicy');
  return {
    uid: stringAt(preconditions, 'uid'),
    resourceVersion: stringAt(preconditions, 'resourceVersion'),
    orphan: policy === 'Orphan',
  };
};

/** @throws ApiError - 409 when the stored object is another one than the caller expects */
const requirePreconditions = (
  stored: JsonObject,
  options: DeleteOptions,
  { target: { type }, name }: ObjectRequest,
): void => {
  const { uid, resourceVersion } = options;
  if (uid !== undefined && uid !== uidOf(stored)) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${uidOf(stored)}).`;
    throw preconditionFailed(type, name, `${why} The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== versionOf(stored)) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${versionOf(stored)}).`;
    throw preconditionFailed(type, name, `${why} The object might have been modified`);
  }
};

const PROTECTED_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Dependents of an orphaning owner lose their reference to it, and stay. */
const orphanDependents = ({ store }: Cluster, owner: JsonObject): void => {
  const isOwner = (reference: JsonObject): boolean => stringAt(reference, 'uid') === uidOf(owner);
  for (const collection of store.collections()) {
    for (const object of store.list(collection, '')) {
      if (!ownersOf(object).some(isOwner)) continue;
      const rest = ownersOf(object).filter((reference) => !isOwner(reference));
      const changed = withMetadata(object, { ownerReferences: rest.length === 0 ? undefined : rest });
      store.put(collection, keyOf(namespaceOf(object), nameOf(object)), changed);
    }
  }
};

const markDeleted = (stored: JsonObject, now: Date): JsonObject => {
  const generation = numberAt(stored, 'metadata', 'generation');
  return withMetadata(stored, {
    deletionTimestamp: toTimestamp(now),
    deletionGracePeriodSeconds: 0,
    generation: generation === undefined ? undefined : generation + 1,
  });
};

const beginNamespaceDeletion = (stored: JsonObject, now: Date): JsonObject => ({
  ...withMetadata(stored, { deletionTimestamp: toTimestamp(now) }),
  status: { ...objectAt(stored, 'status'), phase: 'Terminating' },
});

const successStatus = ({ group, plural }: ResourceType, object: JsonObject): JsonObject => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: definedMembers({ name: nameOf(object), group: group || undefined, kind: plural, uid: uidOf(object) }),
});

const isNamespace = ({ group, plural }: ResourceType): boolean => group === '' && plural === 'namespaces';

const removeOrMark = (cluster: Cluster, request: ObjectRequest, stored: JsonObject): JsonObject => {
  const { target, options } = request;
  const { type } = target;
  const collection = collectionOf(type);
  const key = requestKey(request);
  const waits = finalizersOf(stored).length > 0;
  if (waits || isNamespace(type)) {
    if (isBeingDeleted(stored)) return serveObject(stored, target);
    const marked = isNamespace(type)
      ? beginNamespaceDeletion(stored, cluster.now())
      : markDeleted(stored, cluster.now());
    return serveObject(options.dryRun ? marked : cluster.store.put(collection, key, marked), target);
  }
  const removed = options.dryRun ? stored : cluster.store.remove(collection, key);
  return type.returnsDeleted ? serveObject(removed ?? stored, target) : successStatus(type, stored);
};

/** DELETE: removes at once, or marks what still has finalizers. */
export const deleteObject = (cluster: Cluster, request: ObjectRequest, options: DeleteOptions): JsonObject => {
  const stored = getStored(cluster, request);
  requirePreconditions(stored, options, request);
  const { type } = request.target;
  if (isNamespace(type) && PROTECTED_NAMESPACES.includes(request.name)) {
    throw forbidden(type, request.name, 'this namespace may not be deleted');
  }
  if (options.orphan && !request.options.dryRun) orphanDependents(cluster, stored);
  return removeOrMark(cluster, request, stored);
};
