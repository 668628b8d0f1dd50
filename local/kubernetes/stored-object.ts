import { defaultObject } from './default-object.ts';
import type { JsonObject } from './json.ts';
import { pruneObject } from './prune-object.ts';
import type { ResourceType, ServedVersion, TypedVersion } from './resource-type.ts';
import { groupVersion } from './resource-type.ts';

const served = new WeakMap<ServedVersion, WeakMap<JsonObject, JsonObject>>();

const convert = (stored: JsonObject, { type, version }: TypedVersion): JsonObject => {
  const renamed = { ...stored, apiVersion: groupVersion(type.group, version.name), kind: type.kind };
  return type.custom ? defaultObject(pruneObject(renamed, version.schema).object, version.schema) : renamed;
};

/**
 * A stored object as a version of its kind shows it: only `apiVersion` is converted (strategy None), and today's schema
 * prunes and defaults what was written under another one.
 */
export const serveObject = (stored: JsonObject, target: TypedVersion): JsonObject => {
  const cache = served.get(target.version) ?? new WeakMap<JsonObject, JsonObject>();
  served.set(target.version, cache);
  const known = cache.get(stored) ?? convert(stored, target);
  cache.set(stored, known);
  return known;
};

export const toStored = (object: JsonObject, type: ResourceType): JsonObject => ({
  ...object,
  apiVersion: groupVersion(type.group, type.storageVersion),
  kind: type.kind,
});
