import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** What an item may hold. Absent (`undefined`) members are left out. A bigint is written as a number, and read back as one. */
export type Plain =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly Plain[]
  | { readonly [member: string]: Plain };

export type PlainRecord = Readonly<Record<string, Plain>>;

export type StoredItem = Record<string, AttributeValue>;

export const toStoredItem = (item: PlainRecord): StoredItem =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => (value === undefined ? [] : [[name, toAttribute(value)] as const])),
  );

const toAttribute = (value: Exclude<Plain, undefined>): AttributeValue => {
  if (value === null) return { NULL: true };
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
    case 'bigint':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
    default:
      return isList(value) ? { L: value.map((entry) => toAttribute(entry ?? null)) } : { M: toStoredItem(value) };
  }
};

/** `Array.isArray` alone does not narrow a readonly array. */
const isList = (value: readonly Plain[] | PlainRecord): value is readonly Plain[] => Array.isArray(value);

export const fromStoredItem = (stored: Readonly<StoredItem>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(stored).map(([name, attribute]) => [name, fromAttribute(attribute)]));

const fromAttribute = (attribute: AttributeValue): unknown => {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.M !== undefined) return fromStoredItem(attribute.M);
  if (attribute.NULL !== undefined) return null;
  return undefined; // binary or a set: never written here, so somebody else's attribute, or a schema will miss it
};
