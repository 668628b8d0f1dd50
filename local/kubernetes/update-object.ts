import { badRequest, conflict, invalid, notFound } from './api-error.ts';
import type { Cluster } from './cluster-state.ts';
import type { ObjectRequest } from './create-object.ts';
import { validateCustom, writerOf } from './create-object.ts';
import { invalidValue } from './field-error.ts';
import type { Json, JsonObject } from './json.ts';
import { jsonEqual, numberAt, valueAt, without } from './json.ts';
import { trackUpdate } from './managed-fields.ts';
import { finalizersOf, isBeingDeleted, nameOf, namespaceOf, uidOf, versionOf, withMetadata } from './object-meta.ts';
import { collectionOf, keyOf } from './resource-type.ts';
import { serveObject, toStored } from './stored-object.ts';
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts';
import { requireSameNamespace } from './write-options.ts';

/** The key of the object a request names. */
export const requestKey = ({ target, namespace, name }: ObjectRequest): string =>
  keyOf(target.type.namespaced ? namespace : '', name);

/** @throws ApiError - 404 */
export const getStored = ({ store }: Cluster, request: ObjectRequest): JsonObject => {
  const found = store.get(collectionOf(request.target.type), requestKey(request));
  if (found === undefined) throw notFound(request.target.type, request.name);
  return found;
};

/** @throws ApiError - 409 when the body carries the uid of another object */
const requireUid = (body: JsonObject, stored: JsonObject, request: ObjectRequest): void => {
  const uid = uidOf(body);
  if (uid === '' || uid === uidOf(stored)) return;
  const { type } = request.target;
  const prefix = type.group === '' ? '' : `${type.group}/`;
  const key = `/registry/${prefix}${type.plural}/${requestKey(request).replace(/^\//, '')}`;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${uidOf(stored)}`;
  const detail = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  throw conflict(type, request.name, detail);
};

const requireVersion = (next: JsonObject, stored: JsonObject, { target: { type }, name }: ObjectRequest): void => {
  const version = versionOf(next);
  if (version === '' || version === '0') {
    if (type.allowsUnconditionalUpdate) return;
    throw invalid({ group: type.group, kind: type.plural }, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  if (version !== versionOf(stored)) throw conflict(type, name);
};

const requireName = (next: JsonObject, { target: { type }, namespace, name }: ObjectRequest): void => {
  requireSameNamespace(namespaceOf(next), namespace, type);
  if (nameOf(next) !== name) {
    throw badRequest(
      nameOf(next) === ''
        ? `the name of the object () does not match the name on the URL (${name})`
        : `the name of the object (${nameOf(next)}) does not match the name on the URL (${name})`,
    );
  }
};

/** Metadata no client can change comes from the stored object. */
const keepSystemMetadata = (next: JsonObject, live: JsonObject): JsonObject =>
  withMetadata(next, {
    namespace: namespaceOf(live) || undefined,
    uid: uidOf(next) || uidOf(live),
    generation: valueAt(live, 'metadata', 'generation'),
    creationTimestamp: valueAt(live, 'metadata', 'creationTimestamp'),
    deletionTimestamp: valueAt(live, 'metadata', 'deletionTimestamp'),
    deletionGracePeriodSeconds: valueAt(live, 'metadata', 'deletionGracePeriodSeconds'),
    generateName: valueAt(live, 'metadata', 'generateName'),
    selfLink: undefined,
  });

const withMember = (object: JsonObject, member: string, value: Json | undefined): JsonObject =>
  value === undefined ? without(object, member) : { ...object, [member]: value };

/** A write to `/status` changes the status alone; a write to the object everything else. */
const keepOtherHalf = (next: JsonObject, live: JsonObject, { target, subresource }: ObjectRequest): JsonObject => {
  if (subresource === 'status') {
    const managedFields = valueAt(next, 'metadata', 'managedFields');
    return withMetadata(withMember(live, 'status', next['status']), { managedFields });
  }
  return target.version.hasStatus ? withMember(next, 'status', live['status']) : next;
};

const withGeneration = (next: JsonObject, live: JsonObject, { target: { type } }: ObjectRequest): JsonObject => {
  if (!type.hasGeneration) return next;
  const content = (object: JsonObject): JsonObject => without(object, 'metadata', 'apiVersion', 'kind', 'status');
  const compared = type.custom && !type.versions.some(({ hasStatus }) => hasStatus);
  const same = jsonEqual(content(next), content(live)) && (!compared || jsonEqual(next['status'], live['status']));
  return same ? next : withMetadata(next, { generation: (numberAt(live, 'metadata', 'generation') ?? 0) + 1 });
};

const requireValid = (next: JsonObject, live: JsonObject, request: ObjectRequest): void => {
  const { type } = request.target;
  const errors = [
    ...validateMetadata(next, { ...type, rules: { ...type.rules, validateName: () => [] } }),
    ...validateMetadataUpdate(next, live),
    ...(type.rules.validate?.(next, live) ?? []),
    ...validateCustom(next, live, request),
  ];
  if (errors.length > 0) throw invalid(type, nameOf(live), errors);
};

const persist = (cluster: Cluster, request: ObjectRequest, next: JsonObject): JsonObject => {
  const { type } = request.target;
  const collection = collectionOf(type);
  const key = requestKey(request);
  const stored = getStored(cluster, request);
  const candidate = withMetadata(toStored(next, type), { resourceVersion: versionOf(stored) });
  if (request.options.dryRun || jsonEqual(candidate, stored)) return serveObject(candidate, request.target);
  const written = cluster.store.put(collection, key, candidate);
  const isDone = isBeingDeleted(written) && finalizersOf(written).length === 0 && type.plural !== 'namespaces';
  if (isDone) cluster.store.remove(collection, key);
  return serveObject(written, request.target);
};

/** Stores the next state of an object whose field managers are already tracked. */
export const replaceObject = (cluster: Cluster, request: ObjectRequest, tracked: JsonObject): JsonObject => {
  const { type } = request.target;
  const live = serveObject(getStored(cluster, request), request.target);
  const half = keepOtherHalf(keepSystemMetadata(tracked, live), live, request);
  const adjusted = request.subresource === '' ? (type.rules.beforeUpdate?.(half, live) ?? half) : half;
  const next = withGeneration(adjusted, live, request);
  requireValid(next, live, request);
  return persist(cluster, request, next);
};

/** PUT, and the end of every patch but server-side apply. */
export const updateObject = (cluster: Cluster, request: ObjectRequest, body: JsonObject): JsonObject => {
  const stored = getStored(cluster, request);
  requireName(body, request);
  requireUid(body, stored, request);
  requireVersion(body, stored, request);
  const live = serveObject(stored, request.target);
  const change = { live, next: body, schema: request.target.version.schema };
  return replaceObject(cluster, request, trackUpdate(change, writerOf(request, cluster.now())));
};
