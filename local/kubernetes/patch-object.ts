import {
  ApiError,
  badRequest,
  invalid,
  unexplainedError,
  unsupportedMediaType,
  unsupportedPatchType,
} from './api-error.ts';
import { applyObject } from './apply-object.ts';
import type { Cluster } from './cluster-state.ts';
import type { ObjectRequest } from './create-object.ts';
import { insertObject, prepareNewObject, writerOf } from './create-object.ts';
import type { Decoded } from './decode-object.ts';
import { decodeObject } from './decode-object.ts';
import { invalidValue } from './field-error.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, stringAt, valueAt } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { nameOf, withMetadata } from './object-meta.ts';
import { collectionOf, groupVersion } from './resource-type.ts';
import { serveObject } from './stored-object.ts';
import { strategicMerge } from './strategic-merge-patch.ts';
import { getStored, replaceObject, requestKey, updateObject } from './update-object.ts';
import { judgeUnknownPatchFields } from './write-options.ts';

export interface Patch {
  readonly mediaType: string;
  readonly content: Json;
  /** As it was sent. */
  readonly text: string;
}

export interface WriteResult {
  readonly object: JsonObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

const APPLY = 'application/apply-patch+yaml';
const STRATEGIC = 'application/strategic-merge-patch+json';

const requireObject = (content: Json): JsonObject => {
  if (!isObject(content))
    throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}');
  return content;
};

const CUSTOM_PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', APPLY];
const PATCH_TYPES = [...CUSTOM_PATCH_TYPES, STRATEGIC];

const applyPatch = (live: JsonObject, { mediaType, content }: Patch, { target }: ObjectRequest): Json => {
  if (mediaType === 'application/json-patch+json') return jsonPatch(live, content);
  if (mediaType === STRATEGIC) return strategicMerge(live, requireObject(content), target.version.schema);
  return mergePatch(live, requireObject(content));
};

/** A patch that gives something unreadable is repeated in the error, values and all: the real server does so too. */
const decodePatched = (patched: Json, shown: string, request: ObjectRequest): Decoded => {
  try {
    return decodeObject(patched, request.target);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 400) throw error;
    const why = error.message.replace(/^.* cannot be handled as a [^:]*: /, '');
    throw invalid({ group: '', kind: '' }, '', [invalidValue('patch', shown, why)]);
  }
};

const patchExisting = (cluster: Cluster, request: ObjectRequest, patch: Patch): WriteResult => {
  if (!PATCH_TYPES.includes(patch.mediaType)) throw unsupportedPatchType();
  const { custom } = request.target.type;
  if (custom && patch.mediaType === STRATEGIC) throw unsupportedMediaType(CUSTOM_PATCH_TYPES);
  const live = serveObject(getStored(cluster, request), request.target);
  const patched = applyPatch(live, patch, request);
  const shown = patch.mediaType === STRATEGIC ? patch.text : JSON.stringify(patched);
  const { object, unknown } = decodePatched(patched, shown, request);
  const warnings = judgeUnknownPatchFields(unknown, request.options, shown);
  return { object: updateObject(cluster, request, object), created: false, warnings };
};

/** @throws ApiError - 500, as the real server: applied objects must be of declared fields only */
const refuseUndeclared = (unknown: readonly string[], { target }: ObjectRequest, content: JsonObject): void => {
  if (unknown.length === 0) return;
  const { type, version } = target;
  const named = `${stringAt(content, 'metadata', 'namespace') ?? ''}/${stringAt(content, 'metadata', 'name') ?? ''}`;
  const what = `${named}; ${groupVersion(type.group, version.name)}, Kind=${type.kind}`;
  const fields = unknown.map((path) => `.${path}: field not declared in schema`);
  const list = fields.length === 1 ? fields.join('') : `errors:\n  ${fields.join('\n  ')}`;
  throw unexplainedError(`failed to create typed patch object (${what}): ${list}`);
};

/** Only what the applier wrote may count as applied: no default, and none of what the server sets. */
const decodeApplied = (patch: Patch, request: ObjectRequest): JsonObject => {
  const content = requireObject(patch.content);
  const managed = valueAt(content, 'metadata', 'managedFields');
  if (managed !== undefined && managed !== null) throw badRequest('metadata.managedFields must be nil');
  const { type, version } = request.target;
  const bareType = { ...type, rules: {} };
  const { object, unknown } = decodeObject(content, {
    type: bareType,
    version: { ...version, schema: withoutDefaults(version.schema) },
  });
  refuseUndeclared(unknown, request, content);
  if (nameOf(object) !== '' && nameOf(object) !== request.name) {
    throw badRequest(`the name of the object (${nameOf(object)}) does not match the name on the URL (${request.name})`);
  }
  const config = withMetadata(object, { name: request.name, creationTimestamp: undefined });
  return config;
};

type Schema = ObjectRequest['target']['version']['schema'];
const bareSchemas = new WeakMap<Schema['properties'], Schema>();

const withoutDefaults = (schema: Schema): Schema => {
  const known = bareSchemas.get(schema.properties);
  if (known !== undefined) return known;
  const { properties, additional, items } = schema;
  const bare: Schema = {
    ...schema,
    default: undefined,
    properties: new Map([...properties].map(([name, child]) => [name, withoutDefaults(child)])),
    additional: additional === true || additional === undefined ? additional : withoutDefaults(additional),
    items: items === undefined ? undefined : withoutDefaults(items),
  };
  bareSchemas.set(schema.properties, bare);
  return bare;
};

const applyServerSide = (cluster: Cluster, request: ObjectRequest, patch: Patch): WriteResult => {
  const config = decodeApplied(patch, request);
  const { target, options } = request;
  const stored = cluster.store.get(collectionOf(target.type), requestKey(request));
  const { schema } = target.version;
  const writer = writerOf(request, cluster.now());
  if (stored === undefined) {
    const applied = applyObject({ live: {}, config, schema, force: options.force }, writer);
    const { object } = decodeObject(prepareNewObject(cluster, request, applied), target);
    return { object: insertObject(cluster, request, object), created: true, warnings: [] };
  }
  const live = serveObject(stored, target);
  const applied = applyObject({ live, config, schema, force: options.force }, writer);
  const { object } = decodeObject(applied, target);
  return { object: replaceObject(cluster, request, object), created: false, warnings: [] };
};

/** PATCH in all its media types. Only server-side apply creates what is missing. */
export const patchObject = (cluster: Cluster, request: ObjectRequest, patch: Patch): WriteResult => {
  const isApply = patch.mediaType === APPLY;
  return isApply ? applyServerSide(cluster, request, patch) : patchExisting(cluster, request, patch);
};
