import { ApiError } from './api-error.ts';
import { childrenOf, elementOf, fieldsOf, isGranular } from './compare-objects.ts';
import type { FieldSet } from './field-set.ts';
import { EMPTY_SET, excludeBelow, intersectionOfSets, isEmptySet, pathsOf, unionSets } from './field-set.ts';
import type { Json, JsonList, JsonObject } from './json.ts';
import { isList, isObject, jsonEqual } from './json.ts';
import type { FieldChange, Manager, Writer } from './managed-fields.ts';
import {
  compareForWriter,
  managersOf,
  releaseFields,
  sameManager,
  withManagers,
  withoutManagers,
  withoutSystemFields,
} from './managed-fields.ts';
import { toTimestamp, uidOf } from './object-meta.ts';
import type { Schema } from './schema.ts';
import { memberSchema } from './schema.ts';

export interface Application {
  /** The stored object; an empty one when it is created. */
  readonly live: JsonObject;
  /** What the applier wants, exactly. */
  readonly config: JsonObject;
  readonly schema: Schema | undefined;
  /** Takes fields from other managers instead of failing. */
  readonly force: boolean;
}

const mergeLists = (live: JsonList, config: JsonList, schema: Schema): Json => {
  const wanted = new Map(config.map((item) => [elementOf(item, schema), item]));
  const kept = live.map((item) => {
    const change = wanted.get(elementOf(item, schema));
    wanted.delete(elementOf(item, schema));
    return change === undefined ? item : mergeApplied(item, change, schema.items);
  });
  return [...kept, ...wanted.values()];
};

const mergeApplied = (live: Json | undefined, config: Json, schema: Schema | undefined): Json => {
  if (!isGranular(config, schema)) return config;
  if (isList(config)) return isList(live) && schema !== undefined ? mergeLists(live, config, schema) : config;
  if (!isObject(config) || !isObject(live)) return config;
  const result: Record<string, Json> = { ...live };
  for (const [key, member] of Object.entries(config))
    result[key] = mergeApplied(live[key], member, memberSchema(schema, key));
  return result;
};

interface Pruning {
  readonly last: FieldSet;
  readonly owned: FieldSet;
}

const isEmptyContainer = (value: Json): boolean =>
  isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

/** The child without what its last applier no longer wants and nobody else holds; undefined when nothing is left. */
const pruneChild = (value: Json, schema: Schema | undefined, { last, owned }: Pruning): Json | undefined => {
  const nobody = isEmptySet(owned);
  if (last.children.size === 0) return last.member && nobody ? undefined : value;
  const rest = pruneApplied(value, schema, { last, owned });
  return last.member && nobody && isEmptyContainer(rest) ? undefined : rest;
};

const pruneApplied = (value: Json, schema: Schema | undefined, { last, owned }: Pruning): Json => {
  const kept: [string, Json][] = [];
  for (const [element, child] of childrenOf(value, schema)) {
    const lastChild = last.children.get(element);
    const rest =
      lastChild === undefined
        ? child.value
        : pruneChild(child.value, child.schema, { last: lastChild, owned: owned.children.get(element) ?? EMPTY_SET });
    if (rest !== undefined) kept.push([element.slice(2), rest]);
  }
  if (isObject(value)) return Object.fromEntries(kept);
  return isList(value) && isGranular(value, schema) ? kept.map(([, item]) => item) : value;
};

const describeManager = ({ manager, operation, apiVersion, subresource }: Manager): string => {
  const where = subresource === '' ? '' : ` with subresource "${subresource}"`;
  return operation === 'Apply' ? `"${manager}"${where}` : `"${manager}"${where} using ${apiVersion}`;
};

interface Dispute {
  readonly who: string;
  readonly path: string;
}

const describeDisputes = (disputes: readonly Dispute[]): string => {
  const [first] = disputes;
  if (first !== undefined && disputes.length === 1) return `1 conflict: conflict with ${first.who}: ${first.path}`;
  const holders = [...new Set(disputes.map(({ who }) => who))].sort();
  const texts = holders.map((holder) => {
    const lines = disputes.filter(({ who }) => who === holder).map(({ path }) => `\n- ${path}`);
    return `conflicts with ${holder}:${lines.join('')}`;
  });
  return `${disputes.length} conflicts: ${texts.join('\n')}`;
};

const applyConflict = (disputes: readonly Dispute[]): ApiError =>
  new ApiError({
    code: 409,
    reason: 'Conflict',
    message: `Apply failed with ${describeDisputes(disputes)}`,
    details: {
      causes: disputes.map(({ who, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${who}`,
        field: path,
      })),
    },
  });

/** Objects written before anybody applied belong to a manager of that name. */
const startingManagers = ({ live, schema }: Application, { apiVersion, now }: Writer): readonly Manager[] => {
  const managers = managersOf(live);
  if (managers.length > 0 || uidOf(live) === '') return managers;
  const fields = withoutSystemFields(fieldsOf(withoutManagers(live), schema));
  return [
    { manager: 'before-first-apply', operation: 'Update', apiVersion, subresource: '', time: toTimestamp(now), fields },
  ];
};

const refuseDisputes = (others: readonly Manager[], taken: FieldSet): void => {
  const disputes = others.flatMap((one) =>
    pathsOf(intersectionOfSets(one.fields, taken)).map((path) => ({ who: describeManager(one), path })),
  );
  if (disputes.length > 0) throw applyConflict(disputes);
};

/**
 * Server-side apply: the merged object, with its managers.
 * @throws ApiError - 409 when another manager holds a field with another value, and not `force`
 */
export const applyObject = (application: Application, writer: Writer): JsonObject => {
  const { live, config, schema, force } = application;
  const managers = startingManagers(application, writer);
  const fields = excludeBelow(withoutSystemFields(fieldsOf(config, schema)), writer.resetFields);
  const { manager, apiVersion, subresource, now } = writer;
  const own: Manager = { manager, operation: 'Apply', apiVersion, subresource, time: toTimestamp(now), fields };
  const last = managers.find((one) => sameManager(one, own));
  const others = managers.filter((one) => one !== last);
  const merged = mergeApplied(withoutManagers(live), config, schema);
  const owned = [...others, own].reduce((set, one) => unionSets(set, one.fields), EMPTY_SET);
  const pruned = last === undefined ? merged : pruneApplied(merged, schema, { last: last.fields, owned });
  const next = isObject(pruned) ? pruned : config;
  const change: FieldChange = { live, next, schema };
  const comparison = compareForWriter(change, writer);
  if (!force) refuseDisputes(others, unionSets(comparison.added, comparison.modified));
  const entry = jsonEqual(withoutManagers(live), next) ? { ...own, time: last?.time } : own;
  const kept = releaseFields(others, comparison);
  return withManagers(next, isEmptySet(fields) ? kept : [...kept, entry]);
};
