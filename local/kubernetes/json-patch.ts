import { ApiError } from './api-error.ts';
import type { Json, JsonObject } from './json.ts';
import { isList, isObject, jsonEqual, stringAt } from './json.ts';

/** The server does not tell clients which step failed. */
const rejected = (): ApiError =>
  new ApiError({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  });

type Pointer = readonly string[];

const parsePointer = (text: string | undefined): Pointer => {
  if (text === undefined || (text !== '' && !text.startsWith('/'))) throw rejected();
  const parts = text.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
};

const indexOf = (key: string, length: number): number => {
  const index = key === '-' ? length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > length) throw rejected();
  return index;
};

const read = (document: Json, pointer: Pointer): Json => {
  let current: Json | undefined = document;
  for (const key of pointer) {
    current = isList(current) ? current[indexOf(key, current.length)] : isObject(current) ? current[key] : undefined;
    if (current === undefined) throw rejected();
  }
  return current;
};

type Edit = (container: Json, key: string) => Json;

const editAt = (document: Json, pointer: Pointer, edit: Edit): Json => {
  const [key, ...rest] = pointer;
  if (key === undefined) throw rejected();
  if (rest.length === 0) return edit(document, key);
  if (isList(document)) {
    const index = indexOf(key, document.length - 1);
    return document.map((item, position) => (position === index ? editAt(item, rest, edit) : item));
  }
  const child = isObject(document) ? document[key] : undefined;
  if (!isObject(document) || child === undefined) throw rejected();
  return { ...document, [key]: editAt(child, rest, edit) };
};

const addEdit =
  (value: Json): Edit =>
  (container, key) => {
    if (isList(container)) return container.toSpliced(indexOf(key, container.length), 0, value);
    if (!isObject(container)) throw rejected();
    return { ...container, [key]: value };
  };

const removeEdit: Edit = (container, key) => {
  if (isList(container)) return container.toSpliced(indexOf(key, container.length - 1), 1);
  if (!isObject(container) || !Object.hasOwn(container, key)) throw rejected();
  return Object.fromEntries(Object.entries(container).filter(([name]) => name !== key));
};

const replaceEdit =
  (value: Json): Edit =>
  (container, key) => {
    if (isList(container)) return container.with(indexOf(key, container.length - 1), value);
    if (!isObject(container) || !Object.hasOwn(container, key)) throw rejected();
    return { ...container, [key]: value };
  };

const add = (document: Json, pointer: Pointer, value: Json): Json =>
  pointer.length === 0 ? value : editAt(document, pointer, addEdit(value));

type Operation = (document: Json, step: JsonObject) => Json;

const operations: Readonly<Record<string, Operation>> = {
  add: (document, step) => add(document, parsePointer(stringAt(step, 'path')), step['value'] ?? null),
  remove: (document, step) => editAt(document, parsePointer(stringAt(step, 'path')), removeEdit),
  replace: (document, step) =>
    editAt(document, parsePointer(stringAt(step, 'path')), replaceEdit(step['value'] ?? null)),
  copy: (document, step) =>
    add(document, parsePointer(stringAt(step, 'path')), read(document, parsePointer(stringAt(step, 'from')))),
  move: (document, step) => {
    const from = parsePointer(stringAt(step, 'from'));
    return add(editAt(document, from, removeEdit), parsePointer(stringAt(step, 'path')), read(document, from));
  },
  test: (document, step) => {
    const pointer = parsePointer(stringAt(step, 'path'));
    if (!jsonEqual(read(document, pointer), step['value'] ?? null)) {
      throw rejected();
    }
    return document;
  },
};

/** RFC 6902. @throws ApiError - 422 when a step does not fit, or a test fails */
export const jsonPatch = (document: Json, patch: Json): Json => {
  if (!isList(patch)) throw rejected();
  return patch.reduce<Json>((current, step) => {
    const apply = operations[stringAt(step, 'op') ?? ''];
    if (apply === undefined || !isObject(step)) throw rejected();
    return apply(current, step);
  }, document);
};
