import type { JsonValue } from './go-map-text.ts';
import { InvalidSpecError } from './sync-error.ts';

/** A place in a manifest: names of members and indexes of lists. The first is a name. */
export type ManifestPath = readonly (string | number)[];

const MAX_INDEX = 10_000;

/**
 * Reads a path such as `spec.rules[0].from`.
 * @throws InvalidSpecError - in the reference's words
 */
export const parseManifestPath = (text: string): ManifestPath => {
  const invalid = (why: string): InvalidSpecError => new InvalidSpecError(`invalid path "${text}": ${why}`);
  const path = text.split('.').flatMap((segment) => parseSegment(segment, invalid));
  if (typeof path[0] === 'number') throw invalid('path must start with a key');
  return path;
};

const parseSegment = (segment: string, invalid: (why: string) => InvalidSpecError): ManifestPath => {
  if (segment === '') throw invalid('empty segment');
  const open = segment.indexOf('[');
  const name = open < 0 ? segment : segment.slice(0, open);
  const steps: (string | number)[] = name === '' ? [] : [name];
  for (let rest = segment.slice(name.length); rest !== ''; ) {
    if (!rest.startsWith('[')) throw invalid(`expected '[' near "${rest}"`);
    const close = rest.indexOf(']');
    if (close < 0) throw invalid("unterminated '['");
    steps.push(parseIndex(rest.slice(1, close), invalid));
    rest = rest.slice(close + 1);
  }
  return steps;
};

const parseIndex = (text: string, invalid: (why: string) => InvalidSpecError): number => {
  if (!/^[-+]?\d+$/.test(text)) throw invalid(`bad index "${text}"`);
  const index = Number(text);
  if (index < 0) throw invalid(`negative index ${index}`);
  if (index > MAX_INDEX) throw invalid(`index ${index} exceeds maximum (${MAX_INDEX})`);
  return index;
};

/** A member of a manifest that is an object. */
export type JsonObject = { readonly [key: string]: JsonValue };

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * `root` with what `change` makes of the value at `path`. Missing maps and lists are made on the way, lists grow with null.
 * @throws InvalidSpecError - a value in the way is neither; only its type is told
 */
export const changeAt = (
  root: JsonObject,
  path: ManifestPath,
  change: (before: JsonValue | undefined) => JsonValue,
): JsonObject => {
  const changed = changeStep(root, { path, done: 0, change });
  if (!isJsonObject(changed)) throw new TypeError('a path starts with a key');
  return changed;
};

interface Change {
  readonly path: ManifestPath;
  readonly done: number;
  readonly change: (before: JsonValue | undefined) => JsonValue;
}

const changeStep = (at: JsonValue | undefined, { path, done, change }: Change): JsonValue => {
  const step = path[done];
  if (step === undefined) return change(at);
  const next = { path, done: done + 1, change };
  if (typeof step === 'string') {
    if (at !== undefined && at !== null && !isJsonObject(at)) throw inTheWay(path, `map at key "${step}"`, at);
    const map = isJsonObject(at) ? at : {};
    return { ...map, [step]: changeStep(Object.hasOwn(map, step) ? map[step] : undefined, next) };
  }
  if (at !== undefined && at !== null && !isList(at)) throw inTheWay(path, `array at index ${step}`, at);
  const list: JsonValue[] = isList(at) ? [...at] : [];
  while (list.length <= step) list.push(null);
  list[step] = changeStep(list[step], next);
  return list;
};

// Array.isArray does not narrow readonly arrays.
const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

const inTheWay = (path: ManifestPath, expected: string, found: JsonValue): InvalidSpecError =>
  new InvalidSpecError(`failed to set path ${formatPath(path)}: expected ${expected} but found ${goTypeOf(found)}`);

const formatPath = (path: ManifestPath): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('');

const goTypeOf = (value: JsonValue): string => {
  if (isList(value)) return '[]interface {}';
  if (isJsonObject(value)) return 'map[string]interface {}';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Number.isInteger(value) ? 'int64' : 'float64';
};
