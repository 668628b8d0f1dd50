import { badRequest, unsupportedMediaType } from './api-error.ts';
import { applyObject } from './apply-object.ts';
import type { Cluster } from './cluster-state.ts';
import type { ObjectRequest } from './create-object.ts';
import { insertObject, prepareNewObject, writerOf } from './create-object.ts';
import { decodeObject } from './decode-object.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, valueAt } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { nameOf, withMetadata } from './object-meta.ts';
import { collectionOf } from './resource-type.ts';
import { serveObject } from './stored-object.ts';
import { strategicMerge } from './strategic-merge-patch.ts';
import { getStored, replaceObject, requestKey, updateObject } from './update-object.ts';
import { judgeUnknownFields, judgeUnknownPatchFields } from './write-options.ts';

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

const acceptedTypes = (custom: boolean): readonly string[] => {
  const everywhere = ['application/json-patch+json', 'application/merge-patch+json'];
  return custom ? [...everywhere, APPLY] : [...everywhere, STRATEGIC, APPLY];
};

const applyPatch = (live: JsonObject, patch: Patch, { target }: ObjectRequest): Json => {
  const { type, version } = target;
  if (patch.mediaType === 'application/json-patch+json') return jsonPatch(live, patch.content);
  if (patch.mediaType === 'application/merge-patch+json') return mergePatch(live, requireObject(patch.content));
  if (patch.mediaType === STRATEGIC && !type.custom)
    return strategicMerge(live, requireObject(patch.content), version.schema);
  throw unsupportedMediaType(acceptedTypes(type.custom));
};

const patchExisting = (cluster: Cluster, request: ObjectRequest, patch: Patch): WriteResult => {
  if (!acceptedTypes(request.target.type.custom).includes(patch.mediaType)) {
    throw unsupportedMediaType(acceptedTypes(request.target.type.custom));
  }
  const live = serveObject(getStored(cluster, request), request.target);
  const { object, unknown } = decodeObject(applyPatch(live, patch, request), request.target);
  const warnings = judgeUnknownPatchFields(unknown, request.options, patch.text);
  return { object: updateObject(cluster, request, object), created: false, warnings };
};

/** Only what the applier wrote may count as applied: no default, and none of what the server sets. */
const decodeApplied = (
  patch: Patch,
  request: ObjectRequest,
): { readonly config: JsonObject; readonly warnings: readonly string[] } => {
  const content = requireObject(patch.content);
  const managed = valueAt(content, 'metadata', 'managedFields');
  if (managed !== undefined && managed !== null) throw badRequest('metadata.managedFields must be nil');
  const { type, version } = request.target;
  const bare = { ...version.schema, default: undefined };
  const { object, unknown } = decodeObject(content, { type, version: { ...version, schema: withoutDefaults(bare) } });
  if (nameOf(object) !== '' && nameOf(object) !== request.name) {
    throw badRequest(`the name of the object (${nameOf(object)}) does not match the name on the URL (${request.name})`);
  }
  const config = withMetadata(object, { name: request.name, creationTimestamp: undefined });
  return { config, warnings: judgeUnknownFields(unknown, request.options, request.target) };
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
  const { config, warnings } = decodeApplied(patch, request);
  const { target, options } = request;
  const stored = cluster.store.get(collectionOf(target.type), requestKey(request));
  const { schema } = target.version;
  const writer = writerOf(request, cluster.now());
  if (stored === undefined) {
    const applied = applyObject({ live: {}, config, schema, force: options.force }, writer);
    const { object } = decodeObject(prepareNewObject(cluster, request, applied), target);
    return { object: insertObject(cluster, request, object), created: true, warnings };
  }
  const live = serveObject(stored, target);
  const applied = applyObject({ live, config, schema, force: options.force }, writer);
  const { object } = decodeObject(applied, target);
  return { object: replaceObject(cluster, request, object), created: false, warnings };
};

/** PATCH in all its media types. Only server-side apply creates what is missing. */
export const patchObject = (cluster: Cluster, request: ObjectRequest, patch: Patch): WriteResult => {
  const isApply = patch.mediaType === APPLY;
  return isApply ? applyServerSide(cluster, request, patch) : patchExisting(cluster, request, patch);
};
