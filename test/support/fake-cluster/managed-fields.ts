import type { ManagedFields, TargetSecret } from '../../../src/domain/target-secret.ts';

/** Parts of a Secret whose members have managers. */
export type Managed = Pick<TargetSecret, 'labels' | 'annotations' | 'data'>;

/** Paths such as `f:data/f:password`; the members' names may hold slashes, so the parts are kept apart. */
type Part = 'data' | 'labels' | 'annotations';

interface Member {
  readonly part: Part;
  readonly name: string;
}

const NOTHING: Managed = { labels: {}, annotations: {}, data: new Map() };

/**
 * Who manages what after `manager` replaced `before` by `after`, as the API server reckons for the operation Update:
 * members that changed move to `manager`, members that stayed the same stay with whom they were, removed ones are nobody's.
 */
export const withUpdate = (
  records: readonly ManagedFields[],
  manager: string,
  { before = NOTHING, after }: { readonly before?: Managed | undefined; readonly after: Managed },
): readonly ManagedFields[] => {
  const changed = membersOf(after).filter((member) => !sameMember(before, after, member));
  const removed = membersOf(before).filter((member) => !has(after, member));
  const others = records
    .filter((record) => record.manager !== manager)
    .map((record) => toRecord(record.manager, without(ownedBy(record), [...changed, ...removed])));
  const own = records.filter((record) => record.manager === manager).flatMap(ownedBy);
  const ours = toRecord(manager, [...without(own, [...changed, ...removed]), ...changed]);
  return [...others, ours].filter((record) => Object.keys(record.fields).length > 0);
};

/** The same for objects whose members nobody asks about: the last in the list wrote last. */
export const recordedBy = (records: readonly ManagedFields[], manager: string): readonly ManagedFields[] => [
  ...records.filter((record) => record.manager !== manager),
  { manager, operation: 'Update', fields: {} },
];

const membersOf = ({ data, labels, annotations }: Managed): readonly Member[] => [
  ...[...data.keys()].map((name) => ({ part: 'data' as const, name })),
  ...Object.keys(labels).map((name) => ({ part: 'labels' as const, name })),
  ...Object.keys(annotations).map((name) => ({ part: 'annotations' as const, name })),
];

const has = (secret: Managed, { part, name }: Member): boolean =>
  part === 'data' ? secret.data.has(name) : Object.hasOwn(secret[part], name);

const sameMember = (before: Managed, after: Managed, { part, name }: Member): boolean => {
  if (part !== 'data') return Object.hasOwn(before[part], name) && before[part][name] === after[part][name];
  const value = after.data.get(name);
  return value !== undefined && before.data.get(name)?.equals(value) === true;
};

const without = (members: readonly Member[], taken: readonly Member[]): readonly Member[] =>
  members.filter(({ part, name }) => !taken.some((other) => other.part === part && other.name === name));

const PATHS: Readonly<Record<Part, readonly string[]>> = {
  data: ['f:data'],
  labels: ['f:metadata', 'f:labels'],
  annotations: ['f:metadata', 'f:annotations'],
};
const PARTS: readonly Part[] = ['data', 'labels', 'annotations'];

const ownedBy = ({ fields }: ManagedFields): readonly Member[] =>
  PARTS.flatMap((part) => {
    const at = PATHS[part].reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), fields);
    const names = isRecord(at) ? Object.keys(at).filter((name) => name.startsWith('f:')) : [];
    return names.map((name) => ({ part, name: name.slice('f:'.length) }));
  });

const toRecord = (manager: string, members: readonly Member[]): ManagedFields => {
  const tree = (part: Part) => {
    const names = members.filter((member) => member.part === part).map(({ name }) => [`f:${name}`, {}]);
    return names.length === 0 ? undefined : { '.': {}, ...Object.fromEntries(names) };
  };
  const [data, labels, annotations] = [tree('data'), tree('labels'), tree('annotations')];
  const metadata = { ...(labels && { 'f:labels': labels }), ...(annotations && { 'f:annotations': annotations }) };
  const fields = {
    ...(data && { 'f:data': data }),
    ...(Object.keys(metadata).length > 0 && { 'f:metadata': metadata }),
  };
  return { manager, operation: 'Update', fields };
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
