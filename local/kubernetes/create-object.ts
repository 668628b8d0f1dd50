import { randomBytes, randomUUID } from 'node:crypto';
import type { FieldError } from './api-error.ts';
import { alreadyExists, invalid, namespaceTerminating, notFound, unexplainedError } from './api-error.ts';
import type { Cluster } from './cluster-state.ts';
import { checkRules } from './custom-type.ts';
import { EMPTY_SET, fieldSetOf } from './field-set.ts';
import type { JsonObject } from './json.ts';
import { stringAt, without } from './json.ts';
import type { Writer } from './managed-fields.ts';
import { trackUpdate } from './managed-fields.ts';
import { isBeingDeleted, nameOf, namespaceOf, toTimestamp, versionOf, withMetadata } from './object-meta.ts';
import type { ResourceType, TypedVersion } from './resource-type.ts';
import { collectionOf, groupVersion, keyOf } from './resource-type.ts';
import { serveObject, toStored } from './stored-object.ts';
import { validateMetadata } from './validate-metadata.ts';
import { validateSchema, validateStatus } from './validate-schema.ts';
import type { WriteOptions } from './write-options.ts';
import { requireSameNamespace } from './write-options.ts';

export interface ObjectRequest {
  readonly target: TypedVersion;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly options: WriteOptions;
}

const GENERATED_LENGTH = 5;
const GENERATED_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

const generatedSuffix = (): string =>
  [...randomBytes(GENERATED_LENGTH)].map((byte) => GENERATED_LETTERS[byte % GENERATED_LETTERS.length]).join('');

export const writerOf = ({ target, subresource, options }: ObjectRequest, now: Date): Writer => {
  const { type, version } = target;
  const reset = !version.hasStatus ? EMPTY_SET : fieldSetOf([subresource === 'status' ? 'spec' : 'status']);
  return {
    manager: options.manager,
    apiVersion: groupVersion(type.group, version.name),
    subresource,
    resetFields: reset,
    now,
  };
};

const NAMESPACES = '/namespaces';

/** @throws ApiError - 404 when the namespace is missing, 403 when it is going away */
const requireNamespace = ({ store }: Cluster, { target: { type }, namespace }: ObjectRequest, name: string): void => {
  if (!type.namespaced) return;
  const found = store.get(NAMESPACES, keyOf('', namespace));
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if (!isBeingDeleted(found)) return;
  throw namespaceTerminating(type, name, namespace);
};

const withIdentity = (object: JsonObject, request: ObjectRequest, now: Date): JsonObject => {
  const prefix = stringAt(object, 'metadata', 'generateName');
  const name = nameOf(object) || (prefix === undefined ? undefined : `${prefix.slice(0, 58)}${generatedSuffix()}`);
  const { type } = request.target;
  return withMetadata(object, {
    name,
    namespace: type.namespaced ? request.namespace : namespaceOf(object) || undefined,
    uid: randomUUID(),
    creationTimestamp: toTimestamp(now),
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
    resourceVersion: undefined,
    generation: type.hasGeneration ? 1 : undefined,
  });
};

export const BLOCKING: readonly FieldError['reason'][] = [
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
];

const UNCHECKED: FieldError = {
  field: '<nil>',
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/** Schema first; the rules only when the schema leaves them something to rely on. */
export const validateCustom = (
  object: JsonObject,
  old: JsonObject | undefined,
  { target: { type, version }, subresource }: Pick<ObjectRequest, 'target' | 'subresource'>,
): readonly FieldError[] => {
  if (!type.custom) return [];
  const isStatus = subresource === 'status' && old !== undefined;
  const errors = isStatus ? validateStatus(object, version.schema, old) : validateSchema(object, version.schema, old);
  if (errors.some(({ reason }) => BLOCKING.includes(reason))) return [...errors, UNCHECKED];
  return [...errors, ...checkRules(object, old, version.schema)];
};

const requireValid = (object: JsonObject, request: ObjectRequest): void => {
  const { type } = request.target;
  const errors = [
    ...validateMetadata(object, type),
    ...(type.rules.validate?.(object, undefined) ?? []),
    ...validateCustom(object, undefined, request),
  ];
  if (errors.length > 0) throw invalid(type, nameOf(object), errors);
};

const storedName = (type: ResourceType, object: JsonObject): string =>
  keyOf(type.namespaced ? namespaceOf(object) : '', nameOf(object));

/** Stores a tracked object that does not exist yet. */
export const insertObject = (cluster: Cluster, request: ObjectRequest, tracked: JsonObject): JsonObject => {
  const { target, options } = request;
  const { type, version } = target;
  const bare = version.hasStatus ? without(tracked, 'status') : tracked;
  const object = type.rules.beforeCreate?.(bare) ?? bare;
  requireValid(object, request);
  const key = storedName(type, object);
  if (cluster.store.get(collectionOf(type), key) !== undefined) throw alreadyExists(type, nameOf(object));
  if (options.dryRun) return object;
  return serveObject(cluster.store.put(collectionOf(type), key, toStored(object, type)), target);
};

/** An object ready to be tracked and inserted: named, in its namespace, with its system fields. */
export const prepareNewObject = (cluster: Cluster, request: ObjectRequest, object: JsonObject): JsonObject => {
  requireSameNamespace(namespaceOf(object), request.namespace, request.target.type);
  requireNamespace(cluster, request, nameOf(object));
  if (versionOf(object) !== '') throw unexplainedError('resourceVersion should not be set on objects to be created');
  return withIdentity(object, request, cluster.now());
};

export const createObject = (cluster: Cluster, request: ObjectRequest, object: JsonObject): JsonObject => {
  const prepared = prepareNewObject(cluster, request, object);
  const change = { live: request.target.type.rules.empty ?? {}, next: prepared, schema: request.target.version.schema };
  return insertObject(cluster, request, trackUpdate(change, writerOf(request, cluster.now())));
};
