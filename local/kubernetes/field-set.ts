import type { JsonObject } from './json.ts';
import { isObject } from './json.ts';

/**
 * A set of field paths, as `managedFields` hold them: `member` says that the path to here is in the set.
 * Keys of `children` are path elements in FieldsV1 spelling: `f:name`, `k:{"uid":"…"}`, `v:"text"`.
 */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const EMPTY_SET: FieldSet = { member: false, children: new Map() };
export const LEAF_SET: FieldSet = { member: true, children: new Map() };

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** Builds a set from children, leaving empty ones out. */
export const fieldSet = (member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet => ({
  member,
  children: new Map([...children].filter(([, child]) => !isEmptySet(child))),
});

export const unionSets = (left: FieldSet, right: FieldSet): FieldSet => {
  if (isEmptySet(left)) return right;
  if (isEmptySet(right)) return left;
  const children = new Map(left.children);
  for (const [key, child] of right.children) children.set(key, unionSets(children.get(key) ?? EMPTY_SET, child));
  return { member: left.member || right.member, children };
};

export const differenceOfSets = (left: FieldSet, right: FieldSet): FieldSet =>
  fieldSet(
    left.member && !right.member,
    [...left.children].map(([key, child]) => {
      const other = right.children.get(key);
      return [key, other === undefined ? child : differenceOfSets(child, other)] as const;
    }),
  );

export const intersectionOfSets = (left: FieldSet, right: FieldSet): FieldSet =>
  fieldSet(
    left.member && right.member,
    [...left.children].map(
      ([key, child]) => [key, intersectionOfSets(child, right.children.get(key) ?? EMPTY_SET)] as const,
    ),
  );

/** Removes everything at and below the members of `right`. */
export const excludeBelow = (left: FieldSet, right: FieldSet): FieldSet => {
  if (right.member) return EMPTY_SET;
  return fieldSet(
    left.member,
    [...left.children].map(([key, child]) => {
      const other = right.children.get(key);
      return [key, other === undefined ? child : excludeBelow(child, other)] as const;
    }),
  );
};

export const fieldSetOf = (...paths: readonly (readonly string[])[]): FieldSet =>
  paths.reduce((set, path) => {
    const single = path.reduceRight<FieldSet>((child, name) => fieldSet(false, [[`f:${name}`, child]]), LEAF_SET);
    return unionSets(set, single);
  }, EMPTY_SET);

export const parseFieldSet = (source: JsonObject, isRoot = true): FieldSet => {
  const children = new Map<string, FieldSet>();
  for (const [key, child] of Object.entries(source)) {
    if (key !== '.' && isObject(child)) children.set(key, parseFieldSet(child, false));
  }
  return { member: !isRoot && (children.size === 0 || Object.hasOwn(source, '.')), children };
};

export const toFieldsV1 = (set: FieldSet): JsonObject => {
  const children = [...set.children].sort(([left], [right]) => (left < right ? -1 : 1));
  const entries = children.map(([key, child]) => [key, toFieldsV1(child)] as const);
  return Object.fromEntries(set.member && entries.length > 0 ? [['.', {}] as const, ...entries] : entries);
};

/** Every member's path, for messages: `.data.a`, `.metadata.ownerReferences[uid="x"]`. */
export const pathsOf = (set: FieldSet, prefix = ''): readonly string[] => [
  ...(set.member ? [prefix] : []),
  ...[...set.children].flatMap(([key, child]) => pathsOf(child, `${prefix}${describeElement(key)}`)),
];

const describeElement = (key: string): string => {
  const text = key.slice(2);
  if (key.startsWith('f:')) return `.${text}`;
  if (key.startsWith('v:')) return `[=${text}]`;
  const keys: unknown = JSON.parse(text);
  if (!isObject(keys)) return `[${text}]`;
  return `[${Object.entries(keys)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}]`;
};
