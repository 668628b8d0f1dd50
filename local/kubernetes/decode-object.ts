import type { ApiError, FieldError } from './api-error.ts';
import { badRequest, invalid } from './api-error.ts';
import { defaultObject } from './default-object.ts';
import { invalidValue } from './field-error.ts';
import type { Json, JsonObject } from './json.ts';
import { isList, isObject, objectAt, stringAt } from './json.ts';
import { pruneObject } from './prune-object.ts';
import type { TypedVersion } from './resource-type.ts';
import { groupVersion } from './resource-type.ts';
import { jsonType, validateSchema } from './validate-schema.ts';

export interface Decoded {
  readonly object: JsonObject;
  /** Paths of members no schema knows; they are not in `object`. */
  readonly unknown: readonly string[];
}

const isEmpty = (value: Json): boolean =>
  value === null ||
  value === '' ||
  (isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

/** `managedFields: []` has a meaning of its own. */
const cleanMetadata = (metadata: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(metadata).filter(([key, value]) => key === 'managedFields' || !isEmpty(value)));

const wrongVersion = (found: string, expected: string): ApiError =>
  badRequest(`the API version in the data (${found}) does not match the expected API version (${expected})`);

const requireCustomKind = (body: JsonObject, { type, version }: TypedVersion): void => {
  const expected = groupVersion(type.group, version.name);
  const { apiVersion, kind } = { apiVersion: stringAt(body, 'apiVersion') ?? '', kind: stringAt(body, 'kind') ?? '' };
  if (kind === '') {
    throw badRequest(`the object provided is unrecognized (must be of type ${type.kind}): Object 'Kind' is missing`);
  }
  if (apiVersion !== expected) throw wrongVersion(apiVersion, expected);
  if (kind !== type.kind) {
    const name = stringAt(body, 'metadata', 'name') ?? '';
    throw invalid({ group: type.group, kind }, name, [invalidValue('kind', kind, `must be ${type.kind}`)]);
  }
};

/** Built-in kinds need not be named: the path says which they are. */
const requireBuiltInKind = (body: JsonObject, { type, version }: TypedVersion): void => {
  const expected = groupVersion(type.group, version.name);
  const { apiVersion, kind } = {
    apiVersion: stringAt(body, 'apiVersion') || expected,
    kind: stringAt(body, 'kind') || type.kind,
  };
  const refuse = (why: string): ApiError =>
    badRequest(`${kind} in version "${apiVersion.split('/').at(-1)}" cannot be handled as a ${type.kind}: ${why}`);
  if (kind !== type.kind) throw refuse(`converting (${kind}) to (${type.kind}): unknown conversion`);
  if (apiVersion !== expected) throw refuse(`no kind "${kind}" is registered for version "${apiVersion}"`);
};

const GO_TYPES: Readonly<Record<string, string>> = { integer: 'number', null: 'null', boolean: 'bool' };

const describeMismatch = (object: JsonObject, { field, message }: FieldError, kind: string): string => {
  const found = /"(\w+)"$/.exec(message)?.[1] ?? 'value';
  const wanted = / of type ([\w,]+)/.exec(message)?.[1] ?? 'object';
  const inMetadata = field.startsWith('metadata.');
  const isMapMember = /^(metadata\.(labels|annotations)|data|binaryData|stringData)\./.test(field);
  const path = isMapMember ? field.slice(0, field.indexOf('.', inMetadata ? 'metadata.'.length : 0)) : field;
  const isBytes = kind === 'Secret' && path === 'data';
  const where = inMetadata
    ? `ObjectMeta.${'spec' in object && kind !== 'Namespace' ? path.replace('metadata.', '') : path}`
    : `${kind}.${path}`;
  return `json: cannot unmarshal ${GO_TYPES[found] ?? found} into Go struct field ${where} of type ${isBytes ? '[]uint8' : wanted}`;
};

/** Built-in kinds, and `metadata` of all, are Go structs: a wrong type fails to parse, before any validation. */
const requireTypes = (object: JsonObject, { type, version }: TypedVersion): void => {
  const isTyped = (error: FieldError): boolean =>
    error.reason === 'FieldValueTypeInvalid' && / in body must be of type (?!date-time)/.test(error.message);
  const judged = type.custom ? { metadata: objectAt(object, 'metadata') } : object;
  const schema = type.custom ? { ...version.schema, required: [], rules: [] } : version.schema;
  const [first] = validateSchema(judged, schema).filter(isTyped);
  if (first === undefined) return;
  const detail = describeMismatch(object, first, type.kind);
  throw badRequest(`${type.kind} in version "${version.name}" cannot be handled as a ${type.kind}: ${detail}`);
};

/**
 * Reads an object of a known type: unknown members dropped, nulls cleaned up, defaults filled in.
 * @throws ApiError - 400 when it is of another kind, or not readable as this one
 */
export const decodeObject = (body: Json, target: TypedVersion): Decoded => {
  if (!isObject(body))
    throw badRequest(`couldn't get version/kind; json parse error: cannot unmarshal ${jsonType(body)}`);
  if (target.type.custom) requireCustomKind(body, target);
  else requireBuiltInKind(body, target);
  const { type, version } = target;
  const kinded = {
    ...body,
    apiVersion: groupVersion(type.group, version.name),
    kind: type.kind,
    metadata: cleanMetadata(objectAt(body, 'metadata')),
  };
  const { object: pruned, unknown } = pruneObject(kinded, version.schema);
  const metadata = pruneMetadata(objectAt(pruned, 'metadata'), target);
  const known = { ...pruned, metadata: metadata.object };
  requireTypes(defaultObject(known, version.schema), target);
  const normalised = type.rules.normalise?.(known) ?? known;
  const object = defaultObject(normalised, version.schema);
  return { object, unknown: [...metadata.unknown.map((path) => `metadata.${path}`), ...unknown] };
};

const pruneMetadata = (metadata: JsonObject, { version }: TypedVersion): Decoded => {
  const schema = version.schema.properties.get('metadata');
  if (schema === undefined) return { object: metadata, unknown: [] };
  return pruneObject(metadata, schema);
};
