import type { FieldError } from './api-error.ts';
import type { Json, JsonObject } from './json.ts';
import type { Schema } from './schema.ts';

/** One column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, others with `-o wide`. */
  readonly priority: number;
  readonly cell: (object: JsonObject, now: Date) => Json;
}

export interface ServedVersion {
  readonly name: string;
  readonly served: boolean;
  /** The text of the `Warning` header on each use; undefined when the version is not deprecated. */
  readonly deprecation: string | undefined;
  readonly schema: Schema;
  /** The same as it is published. */
  readonly openApi: JsonObject;
  readonly hasStatus: boolean;
  readonly columns: readonly Column[];
  /** Paths besides name and namespace that field selectors may use, as `spec.nodeName`. */
  readonly selectableFields: readonly string[];
}

/** What a kind asks beyond its schema. */
export interface KindRules {
  /** Brings an object from a client into the form it is stored in. @throws ApiError - 400 */
  readonly normalise?: (object: JsonObject) => JsonObject;
  readonly beforeCreate?: (object: JsonObject) => JsonObject;
  readonly beforeUpdate?: (object: JsonObject, old: JsonObject) => JsonObject;
  readonly validate?: (object: JsonObject, old: JsonObject | undefined) => readonly FieldError[];
  /** The members a Go struct of this kind always has: nobody comes to own them by creating one. */
  readonly empty?: JsonObject;
  readonly validateName?: (name: string) => readonly string[];
}

export interface ResourceType {
  readonly group: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly custom: boolean;
  readonly storageVersion: string;
  readonly versions: readonly ServedVersion[];
  /** Subresources besides `status` that POST serves, as `token`. */
  readonly subresources: readonly string[];
  /** Objects count their changes in `metadata.generation`. */
  readonly hasGeneration: boolean;
  /** A PUT without resourceVersion overwrites. */
  readonly allowsUnconditionalUpdate: boolean;
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted: boolean;
  readonly rules: KindRules;
}

/** A type in one of its versions: what a request addresses. */
export interface TypedVersion {
  readonly type: ResourceType;
  readonly version: ServedVersion;
}

export const collectionOf = ({ group, plural }: Pick<ResourceType, 'group' | 'plural'>): string => `${group}/${plural}`;

export const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

export const groupVersion = (group: string, version: string): string =>
  group === '' ? version : `${group}/${version}`;
