import type { Json, JsonObject } from './json.ts';
import { isList, isObject } from './json.ts';
import type { Schema } from './schema.ts';

const RESOURCE_MEMBERS: readonly string[] = ['apiVersion', 'kind', 'metadata'];

interface Pruning {
  /** Where dropped members are noted, as `spec.data[0].foo`. */
  readonly unknown: string[];
  readonly path: string;
  /** True inside `x-kubernetes-preserve-unknown-fields`, where only specified members are looked into. */
  readonly keep: boolean;
}

const childPath = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

type Verdict =
  | { readonly keep: false }
  | { readonly keep: true; readonly schema: Schema | undefined; readonly asIs: boolean };

const judgeMember = (schema: Schema | undefined, key: string, keepUnknown: boolean): Verdict => {
  if (schema?.embeddedResource && RESOURCE_MEMBERS.includes(key)) return { keep: true, schema: undefined, asIs: true };
  const own = schema?.properties.get(key);
  if (own !== undefined) return { keep: true, schema: own, asIs: false };
  if (schema?.additional === true) return { keep: true, schema: undefined, asIs: true };
  if (schema?.additional !== undefined) return { keep: true, schema: schema.additional, asIs: false };
  return keepUnknown ? { keep: true, schema: undefined, asIs: true } : { keep: false };
};

const pruneMembers = (value: JsonObject, schema: Schema | undefined, pruning: Pruning): JsonObject => {
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const path = childPath(pruning.path, key);
    const verdict = judgeMember(schema, key, pruning.keep);
    if (!verdict.keep) pruning.unknown.push(path);
    else if (verdict.asIs) result[key] = member;
    else result[key] = pruneValue(member, verdict.schema, { unknown: pruning.unknown, path, keep: false });
  }
  return result;
};

const pruneValue = (value: Json, schema: Schema | undefined, pruning: Pruning): Json => {
  const inside = { ...pruning, keep: pruning.keep || schema?.preserveUnknown === true };
  if (isObject(value)) return pruneMembers(value, schema, inside);
  if (!isList(value)) return value;
  return value.map((item, index) => pruneValue(item, schema?.items, { ...inside, path: `${pruning.path}[${index}]` }));
};

/** Drops what the schema does not know; `unknown` lists the paths dropped, sorted. */
export const pruneObject = (
  object: JsonObject,
  schema: Schema,
): { readonly object: JsonObject; readonly unknown: readonly string[] } => {
  const unknown: string[] = [];
  const pruned = pruneMembers(
    object,
    { ...schema, embeddedResource: true },
    { unknown, path: '', keep: schema.preserveUnknown },
  );
  return { object: pruned, unknown: unknown.sort() };
};
