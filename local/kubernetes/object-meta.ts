import type { Json, JsonObject } from './json.ts';
import { definedMembers, objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from './json.ts';

export const metadataOf = (object: JsonObject): JsonObject => objectAt(object, 'metadata');
export const nameOf = (object: JsonObject): string => stringAt(object, 'metadata', 'name') ?? '';
export const namespaceOf = (object: JsonObject): string => stringAt(object, 'metadata', 'namespace') ?? '';
export const uidOf = (object: JsonObject): string => stringAt(object, 'metadata', 'uid') ?? '';
export const versionOf = (object: JsonObject): string => stringAt(object, 'metadata', 'resourceVersion') ?? '';
export const labelsOf = (object: JsonObject): Readonly<Record<string, string>> =>
  stringMapAt(object, 'metadata', 'labels');
export const annotationsOf = (object: JsonObject): Readonly<Record<string, string>> =>
  stringMapAt(object, 'metadata', 'annotations');
export const finalizersOf = (object: JsonObject): readonly string[] => stringsAt(object, 'metadata', 'finalizers');
export const ownersOf = (object: JsonObject): readonly JsonObject[] => objectsAt(object, 'metadata', 'ownerReferences');
export const isBeingDeleted = (object: JsonObject): boolean =>
  stringAt(object, 'metadata', 'deletionTimestamp') !== undefined;

/** A copy with these members of its metadata replaced; `undefined` takes one away. */
export const withMetadata = (object: JsonObject, members: Readonly<Record<string, Json | undefined>>): JsonObject => ({
  ...object,
  metadata: definedMembers({ ...metadataOf(object), ...members }),
});

/** RFC 3339 with seconds, as the API writes times. */
export const toTimestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
