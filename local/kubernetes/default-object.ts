import type { Json, JsonObject } from './json.ts';
import { isList, isObject } from './json.ts';
import type { Schema } from './schema.ts';
import { memberSchema } from './schema.ts';

const isForbiddenNull = (value: Json | undefined, schema: Schema | undefined): boolean =>
  value === null && schema !== undefined && !schema.nullable;

/** Nulls where the schema allows none and has no default are as if the member were absent. */
const dropNulls = (value: Json, schema: Schema | undefined): Json => {
  if (schema === undefined) return value;
  if (isList(value)) return value.map((item) => dropNulls(item, schema.items));
  if (!isObject(value)) return value;
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const child = memberSchema(schema, key);
    if (isForbiddenNull(member, child) && child?.default === undefined) continue;
    result[key] = dropNulls(member, child);
  }
  return result;
};

const fillMember = (value: Json, schema: Schema | undefined): Json => {
  if (isForbiddenNull(value, schema)) return fillDefaults(schema?.default ?? null, schema);
  return fillDefaults(value, schema);
};

const fillDefaults = (value: Json, schema: Schema | undefined): Json => {
  if (schema === undefined) return value;
  if (isList(value)) return value.map((item) => fillMember(item, schema.items));
  if (!isObject(value)) return value;
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) result[key] = fillMember(member, memberSchema(schema, key));
  for (const [key, child] of schema.properties) {
    if (child.default !== undefined && !Object.hasOwn(value, key)) result[key] = fillDefaults(child.default, child);
  }
  return result;
};

/** Applies the schema's defaults to a copy, and drops nulls that stand for nothing. */
export const defaultObject = (object: JsonObject, schema: Schema): JsonObject => {
  const result = fillDefaults(dropNulls(object, schema), schema);
  return isObject(result) ? result : object;
};
