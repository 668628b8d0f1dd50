import type { FieldSet } from './field-set.ts';
import { EMPTY_SET, fieldSet, LEAF_SET } from './field-set.ts';
import type { Json, JsonList } from './json.ts';
import { isList, isObject, jsonEqual } from './json.ts';
import type { Schema } from './schema.ts';
import { memberSchema } from './schema.ts';

/** What changed between two values, as sets of paths. */
export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

const NOTHING: Comparison = { added: EMPTY_SET, removed: EMPTY_SET, modified: EMPTY_SET };

/** How a value is owned: member by member, or as one. Lists are one unless the schema says otherwise. */
export const isGranular = (value: Json | undefined, schema: Schema | undefined): boolean => {
  if (isObject(value)) return schema?.mapType !== 'atomic';
  return isList(value) && (schema?.listType === 'map' || schema?.listType === 'set');
};

const keyValue = (item: Json, key: string, schema: Schema): Json | undefined =>
  (isObject(item) ? item[key] : undefined) ?? schema.items?.properties.get(key)?.default;

/** The path element of a list item: its keys in alphabetical order, or its value. */
export const elementOf = (item: Json, schema: Schema): string => {
  if (schema.listType === 'set') return `v:${JSON.stringify(item)}`;
  const keys = [...schema.listMapKeys].sort().map((key) => [key, keyValue(item, key, schema) ?? null] as const);
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
};

/** Children by path element, each with its schema. */
export const childrenOf = (
  value: Json | undefined,
  schema: Schema | undefined,
): ReadonlyMap<string, { readonly value: Json; readonly schema: Schema | undefined }> => {
  if (isObject(value)) {
    return new Map(
      Object.entries(value).map(([key, member]) => [`f:${key}`, { value: member, schema: memberSchema(schema, key) }]),
    );
  }
  if (!isList(value) || schema === undefined) return new Map();
  return new Map(value.map((item) => [elementOf(item, schema), { value: item, schema: schema.items }]));
};

const isEmptyContainer = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

const compareLeaf = (before: Json | undefined, after: Json | undefined): Comparison => {
  if (before === undefined) return { ...NOTHING, added: LEAF_SET };
  if (after === undefined) return { ...NOTHING, removed: LEAF_SET };
  return jsonEqual(before, after) ? NOTHING : { ...NOTHING, modified: LEAF_SET };
};

const sameKind = (before: Json | undefined, after: Json | undefined): boolean =>
  before === undefined || after === undefined || before === null || after === null || isList(before) === isList(after);

export const compareValues = (
  before: Json | undefined,
  after: Json | undefined,
  schema: Schema | undefined,
): Comparison => {
  if (before === after) return NOTHING;
  const granular =
    (isGranular(before, schema) || before === undefined || before === null) &&
    (isGranular(after, schema) || after === undefined || after === null) &&
    sameKind(before, after);
  if (!granular || (isEmptyContainer(before) && isEmptyContainer(after))) return compareLeaf(before, after);
  const left = childrenOf(before, schema);
  const right = childrenOf(after, schema);
  const children = [...new Set([...left.keys(), ...right.keys()])].map((key) => {
    const child = right.get(key) ?? left.get(key);
    return [key, compareValues(left.get(key)?.value, right.get(key)?.value, child?.schema)] as const;
  });
  const pick = (member: boolean, which: keyof Comparison): FieldSet =>
    fieldSet(
      member,
      children.map(([key, child]) => [key, child[which]] as const),
    );
  return {
    added: pick(before === undefined, 'added'),
    removed: pick(after === undefined, 'removed'),
    modified: pick(false, 'modified'),
  };
};

/** Every field of an object: what a manager who applies it owns. Members the schema names count only when they hold a value. */
export const fieldsOf = (value: Json, schema: Schema | undefined): FieldSet => {
  if (!isGranular(value, schema) || isEmptyContainer(value)) return LEAF_SET;
  const children = [...childrenOf(value, schema)].map(([key, child]) => {
    const fields = fieldsOf(child.value, child.schema);
    const isNamed = key.startsWith('f:') && schema?.properties.has(key.slice(2)) === true;
    return [key, { ...fields, member: fields.member || !isNamed }] as const;
  });
  return fieldSet(false, children);
};

/** Lists whose items are told apart need each once. */
export const hasDuplicates = (list: JsonList, schema: Schema): boolean =>
  new Set(list.map((item) => elementOf(item, schema))).size !== list.length;
