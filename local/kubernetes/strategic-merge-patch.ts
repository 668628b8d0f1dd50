import type { Json, JsonList, JsonObject } from './json.ts';
import { isList, isObject, jsonEqual, stringAt, stringsAt, without } from './json.ts';
import type { Schema } from './schema.ts';
import { memberSchema } from './schema.ts';

const ORDER = '$setElementOrder/';
const DELETE_VALUES = '$deleteFromPrimitiveList/';
const RETAIN = '$retainKeys';
const DIRECTIVE = '$patch';

const isDirective = (key: string): boolean =>
  key === DIRECTIVE || key === RETAIN || key.startsWith(ORDER) || key.startsWith(DELETE_VALUES);

const mergeValues = (live: JsonList, patch: JsonList): JsonList => [
  ...live,
  ...patch.filter((item) => !live.some((one) => jsonEqual(one, item))),
];

interface KeyedList {
  readonly key: string;
  readonly items: Schema | undefined;
}

const mergeKeyed = (live: JsonList, patch: JsonList, { key, items }: KeyedList): JsonList => {
  if (patch.some((item) => stringAt(item, DIRECTIVE) === 'replace' && Object.keys(item ?? {}).length === 1)) {
    return patch.filter((item) => stringAt(item, DIRECTIVE) !== 'replace');
  }
  let result = live;
  for (const change of patch.filter(isObject)) {
    const index = result.findIndex((one) => isObject(one) && jsonEqual(one[key], change[key]));
    if (stringAt(change, DIRECTIVE) === 'delete') result = result.filter((_, position) => position !== index);
    else if (index < 0) result = [...result, strategicMerge({}, change, items)];
    else result = result.with(index, strategicMerge(result[index], change, items));
  }
  return result;
};

/** Puts items into the order the client asked for; those it does not know stay behind. */
const reorder = (list: JsonList, order: JsonList, key: string): JsonList => {
  const rank = (item: Json): number => {
    const found = order.findIndex((one) =>
      key === '' ? jsonEqual(one, item) : isObject(one) && isObject(item) && jsonEqual(one[key], item[key]),
    );
    return found < 0 ? order.length : found;
  };
  return list.toSorted((left, right) => rank(left) - rank(right));
};

const mergeList = (live: Json | undefined, patch: JsonList, schema: Schema | undefined): JsonList => {
  const key = schema?.patchMergeKey;
  if (key === undefined) return patch;
  const current = isList(live) ? live : [];
  return key === '' ? mergeValues(current, patch) : mergeKeyed(current, patch, { key, items: schema?.items });
};

const mergeMember = (live: Json | undefined, change: Json, schema: Schema | undefined): Json => {
  if (isList(change)) return mergeList(live, change, schema);
  return isObject(change) ? strategicMerge(live, change, schema) : change;
};

const applyListDirectives = (target: Record<string, Json>, patch: JsonObject, schema: Schema | undefined): void => {
  for (const [directive, argument] of Object.entries(patch)) {
    const name = directive.slice(directive.indexOf('/') + 1);
    const list = target[name];
    if (!isList(list) || !isList(argument)) continue;
    if (directive.startsWith(DELETE_VALUES)) {
      target[name] = list.filter((item) => !argument.some((one) => jsonEqual(one, item)));
    } else if (directive.startsWith(ORDER)) {
      target[name] = reorder(list, argument, memberSchema(schema, name)?.patchMergeKey ?? '');
    }
  }
};

/** The patch of `kubectl apply` and `kubectl patch` for built-in kinds: lists with a merge key are merged by it. */
export const strategicMerge = (live: Json | undefined, patch: JsonObject, schema: Schema | undefined): JsonObject => {
  const directive = stringAt(patch, DIRECTIVE);
  if (directive === 'delete') return {};
  if (directive === 'replace') return without(patch, DIRECTIVE);
  const retained = stringsAt(patch, RETAIN);
  const start = isObject(live) ? Object.entries(live) : [];
  const result: Record<string, Json> = Object.fromEntries(
    start.filter(([key]) => retained.length === 0 || retained.includes(key)),
  );
  for (const [key, change] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    if (change === null) delete result[key];
    else result[key] = mergeMember(result[key], change, memberSchema(schema, key));
  }
  applyListDirectives(result, patch, schema);
  return result;
};
