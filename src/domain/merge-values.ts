import { decimalText } from './gjson-text.ts';
import { toGoJson } from './go-json.ts';
import { compareBytes } from './go-map-text.ts';
import { parseJsonObject } from './json-object.ts';
import type { MergeRewrite } from './rewrite.ts';
import { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError, InvalidSpecError } from './sync-error.ts';
import type { SecretData } from './target-content.ts';

/**
 * Merges values that are JSON objects. Keys are taken in byte order and those of `priority` last, so the last of those
 * wins. `Extract` gives the merged properties in place of the keys; `JSON` adds the merged object as one more key.
 *
 * @throws InvalidSecretValueError - a value is no JSON object, two have the same property, a key of `priority` is absent
 * @throws InvalidSpecError - `JSON` without `into`
 */
export const mergeValues = (values: SecretData, merge: MergeRewrite): SecretData => {
  const { merged, conflicts } = mergeObjects(values, merge);
  if (merge.conflictPolicy === 'Error' && conflicts.size > 0)
    throw failed(`conflicts: ${[...conflicts].toSorted(compareBytes).join(', ')}`);
  if (merge.strategy === 'Extract')
    return new Map([...merged].map(([name, value]) => [name, SecretValue.fromText(textOf(value))]));
  if (merge.into === '') throw new InvalidSpecError("merge failed with missing 'into' field");
  return new Map([...values, [merge.into, SecretValue.fromText(json(Object.fromEntries(merged), false))]]);
};

interface Merged {
  readonly merged: ReadonlyMap<string, unknown>;
  /** Properties that more than one value has. */
  readonly conflicts: ReadonlySet<string>;
}

const mergeObjects = (values: SecretData, merge: MergeRewrite): Merged => {
  const merged = new Map<string, unknown>();
  const conflicts = new Set<string>();
  for (const value of inOrder(values, merge)) {
    const object = parseJsonObject(value);
    if ('problem' in object) throw failed(`failed to unmarshal JSON: ${object.problem}`);
    for (const [name, property] of object.members) {
      if (merged.has(name)) conflicts.add(name);
      merged.set(name, property);
    }
  }
  return { merged, conflicts };
};

const inOrder = (values: SecretData, { priority, priorityPolicy }: MergeRewrite): readonly SecretValue[] => {
  const absent = priority.find((key) => !values.has(key));
  if (absent !== undefined && priorityPolicy === 'Strict') throw failed(`key "${absent}" not found in input map`);
  const others = [...values.keys()].filter((key) => !priority.includes(key)).toSorted(compareBytes);
  return [...others, ...priority].flatMap((key) => values.get(key) ?? []);
};

const textOf = (value: unknown): string => {
  if (value === null) return '';
  if (typeof value === 'number' && Number.isFinite(value)) return decimalText(value);
  return typeof value === 'string' ? value.toWellFormed() : json(value, true);
};

/** Which number is too large stays out of the message: it is part of a secret. */
const json = (value: unknown, escapeHtml: boolean): string => {
  try {
    return toGoJson(value, { escapeHtml });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw failed('failed to unmarshal JSON: json: cannot unmarshal number into Go value of type float64');
  }
};

const failed = (why: string): InvalidSecretValueError => new InvalidSecretValueError(`merge failed with ${why}`);
