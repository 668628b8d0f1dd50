export type Json = null | boolean | number | string | JsonList | JsonObject;
export type JsonList = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json;
}

export type JsonPath = readonly string[];

const EMPTY: JsonObject = {};

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is JsonList => Array.isArray(value);

export const valueAt = (value: Json | undefined, ...path: JsonPath): Json | undefined => {
  let current = value;
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
};

/** The object at `path`; an empty one when there is none. */
export const objectAt = (value: Json | undefined, ...path: JsonPath): JsonObject => {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : EMPTY;
};

export const listAt = (value: Json | undefined, ...path: JsonPath): JsonList => {
  const found = valueAt(value, ...path);
  return isList(found) ? found : [];
};

export const stringAt = (value: Json | undefined, ...path: JsonPath): string | undefined => {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

export const numberAt = (value: Json | undefined, ...path: JsonPath): number | undefined => {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : undefined;
};

export const booleanAt = (value: Json | undefined, ...path: JsonPath): boolean => valueAt(value, ...path) === true;

export const stringsAt = (value: Json | undefined, ...path: JsonPath): readonly string[] =>
  listAt(value, ...path).filter((item) => typeof item === 'string');

export const objectsAt = (value: Json | undefined, ...path: JsonPath): readonly JsonObject[] =>
  listAt(value, ...path).filter(isObject);

/** The members of the object at `path` whose values are strings, as labels and annotations are. */
export const stringMapAt = (value: Json | undefined, ...path: JsonPath): Readonly<Record<string, string>> => {
  const entries = Object.entries(objectAt(value, ...path));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
};

export const without = (object: JsonObject, ...keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

/** A copy with `value` at `path`, objects made on the way; `undefined` takes the member away. */
export const withValue = (object: JsonObject, path: JsonPath, value: Json | undefined): JsonObject => {
  const [key, ...rest] = path;
  if (key === undefined) return isObject(value) ? value : object;
  if (rest.length === 0) return value === undefined ? without(object, key) : { ...object, [key]: value };
  if (value === undefined && !isObject(object[key])) return object;
  return { ...object, [key]: withValue(objectAt(object, key), rest, value) };
};

/** An object of the members that are defined: keeps `undefined` out of stored objects. */
export const definedMembers = (members: Readonly<Record<string, Json | undefined>>): JsonObject => {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(members)) if (value !== undefined) result[key] = value;
  return result;
};

export const jsonEqual = (left: Json | undefined, right: Json | undefined): boolean => {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => jsonEqual(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && jsonEqual(left[key], right[key]));
};

export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
