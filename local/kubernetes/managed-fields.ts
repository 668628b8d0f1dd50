import type { Comparison } from './compare-objects.ts';
import { compareValues } from './compare-objects.ts';
import type { FieldSet } from './field-set.ts';
import {
  differenceOfSets,
  EMPTY_SET,
  excludeBelow,
  fieldSetOf,
  isEmptySet,
  parseFieldSet,
  toFieldsV1,
  unionSets,
} from './field-set.ts';
import type { Json, JsonObject } from './json.ts';
import { compareText, definedMembers, listAt, objectAt, objectsAt, stringAt, valueAt } from './json.ts';
import { toTimestamp, uidOf, withMetadata } from './object-meta.ts';
import type { Schema } from './schema.ts';

/** One entry of `metadata.managedFields`, its fields as a set. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Who writes, and which fields a write of this kind leaves alone whatever the body says. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly resetFields: FieldSet;
  readonly now: Date;
}

export interface FieldChange {
  /** The stored object; one with neither uid nor fields when it is created. */
  readonly live: JsonObject;
  readonly next: JsonObject;
  readonly schema: Schema | undefined;
}

/** Never owned by anybody. */
const SYSTEM_FIELDS = fieldSetOf(
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['metadata', name]),
);

/** One writer may hold several entries, but these four tell them apart; appliers keep theirs across versions. */
const identity = ({ manager, operation, apiVersion, subresource }: Omit<Manager, 'time' | 'fields'>): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);

export const sameManager = (left: Omit<Manager, 'time' | 'fields'>, right: Omit<Manager, 'time' | 'fields'>): boolean =>
  identity(left) === identity(right);

const parseManager = (entry: JsonObject): Manager => ({
  manager: stringAt(entry, 'manager') ?? '',
  operation: stringAt(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
  apiVersion: stringAt(entry, 'apiVersion') ?? '',
  subresource: stringAt(entry, 'subresource') ?? '',
  time: stringAt(entry, 'time'),
  fields: parseFieldSet(objectAt(entry, 'fieldsV1')),
});

export const managersOf = (object: JsonObject): readonly Manager[] =>
  objectsAt(object, 'metadata', 'managedFields').map(parseManager);

const isValidEntry = (entry: Json): boolean =>
  ['Apply', 'Update'].includes(stringAt(entry, 'operation') ?? '') &&
  stringAt(entry, 'apiVersion') !== undefined &&
  stringAt(entry, 'fieldsType') === 'FieldsV1';

const compareManagers = (left: Manager, right: Manager): number =>
  compareText(left.operation, right.operation) ||
  compareText(left.time ?? '', right.time ?? '') ||
  compareText(left.manager, right.manager) ||
  compareText(left.apiVersion, right.apiVersion) ||
  compareText(left.subresource, right.subresource);

export const withManagers = (object: JsonObject, managers: readonly Manager[]): JsonObject => {
  const entries = [...managers]
    .sort(compareManagers)
    .map(({ manager, operation, apiVersion, subresource, time, fields }) =>
      definedMembers({
        manager,
        operation,
        apiVersion,
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: toFieldsV1(fields),
        subresource: subresource || undefined,
      }),
    );
  return withMetadata(object, { managedFields: entries.length === 0 ? undefined : entries });
};

/** Entries sent in the body count when they are sound; on a subresource never. `[]` and `[{}]` forget all. */
const startingManagers = ({ live, next }: FieldChange, { subresource }: Writer): readonly Manager[] => {
  if (subresource !== '') return managersOf(live);
  const sent = valueAt(next, 'metadata', 'managedFields');
  const entries = listAt(next, 'metadata', 'managedFields');
  const isReset = sent !== undefined && sent !== null && (entries.length === 0 || JSON.stringify(entries) === '[{}]');
  if (isReset) return [];
  return entries.length > 0 && entries.every(isValidEntry) ? managersOf(next) : managersOf(live);
};

export const withoutManagers = (object: JsonObject): JsonObject => withMetadata(object, { managedFields: undefined });

export const withoutSystemFields = (fields: FieldSet): FieldSet => differenceOfSets(fields, SYSTEM_FIELDS);

export const compareForWriter = ({ live, next, schema }: FieldChange, { resetFields }: Writer): Comparison => {
  const { added, removed, modified } = compareValues(withoutManagers(live), withoutManagers(next), schema);
  return {
    added: excludeBelow(added, resetFields),
    removed: excludeBelow(removed, resetFields),
    modified: excludeBelow(modified, resetFields),
  };
};

/** What others keep once these fields changed hands. */
export const releaseFields = (
  managers: readonly Manager[],
  { added, removed, modified }: Comparison,
): readonly Manager[] => {
  const gone = unionSets(unionSets(added, modified), removed);
  return managers
    .map((one) => ({ ...one, fields: differenceOfSets(one.fields, gone) }))
    .filter(({ fields }) => !isEmptySet(fields));
};

const joinManager = (managers: readonly Manager[], own: Manager): readonly Manager[] => {
  const previous = managers.find((one) => sameManager(one, own));
  const others = managers.filter((one) => one !== previous);
  return [...others, { ...own, fields: unionSets(own.fields, previous?.fields ?? EMPTY_SET) }];
};

const MAX_UPDATE_MANAGERS = 10;

/** From the eleventh updater on, the oldest share one entry. */
const capManagers = (managers: readonly Manager[]): readonly Manager[] => {
  const updaters = managers.filter(({ operation }) => operation === 'Update').sort(compareManagers);
  const surplus = updaters.length - MAX_UPDATE_MANAGERS;
  if (surplus <= 0) return managers;
  const oldest = updaters.slice(0, surplus + 1);
  const rest = managers.filter((one) => !oldest.includes(one));
  return oldest.reduce<readonly Manager[]>(
    (joined, { apiVersion, fields, time }) =>
      joinManager(joined, {
        manager: 'ancient-changes',
        operation: 'Update',
        apiVersion,
        subresource: '',
        time,
        fields,
      }),
    rest,
  );
};

/** The managers after a create, PUT or patch: fields added or changed move to the writer, removed ones to nobody. */
export const trackUpdate = (change: FieldChange, writer: Writer): JsonObject => {
  const managers = startingManagers(change, writer);
  const isCreate = uidOf(change.live) === '';
  if (managers.length === 0 && !isCreate) return withoutManagers(change.next);
  const comparison = compareForWriter(change, writer);
  const others = releaseFields(managers, comparison);
  const taken = withoutSystemFields(unionSets(comparison.added, comparison.modified));
  if (isEmptySet(taken)) return withManagers(change.next, others);
  const { manager, apiVersion, subresource, now } = writer;
  const own: Manager = { manager, operation: 'Update', apiVersion, subresource, time: toTimestamp(now), fields: taken };
  return withManagers(change.next, capManagers(joinManager(others, own)));
};
