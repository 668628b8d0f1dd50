import { badRequest } from './api-error.ts';
import { defaultObject } from './default-object.ts';
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

const requireKind = (body: JsonObject, { type, version }: TypedVersion): void => {
  const expected = groupVersion(type.group, version.name);
  const { apiVersion, kind } = { apiVersion: stringAt(body, 'apiVersion') ?? '', kind: stringAt(body, 'kind') ?? '' };
  if (type.custom && kind === '') throw badRequest("Object 'Kind' is missing in the request body");
  if (kind !== '' && kind !== type.kind) {
    throw badRequest(
      `${kind} in version "${apiVersion.split('/').at(-1)}" cannot be handled as a ${type.kind}: converting (${kind}) to (${type.kind}): unknown conversion`,
    );
  }
  if (apiVersion !== '' && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
};

/** Built-in kinds, and `metadata` of all, are Go structs: a wrong type fails to parse, before any validation. */
const requireTypes = (object: JsonObject, { type, version }: TypedVersion): void => {
  const metadataSchema = version.schema.properties.get('metadata');
  const errors = type.custom
    ? metadataSchema === undefined
      ? []
      : validateSchema(objectAt(object, 'metadata'), metadataSchema)
    : validateSchema(object, version.schema);
  const [first] = errors.filter(({ reason }) => reason === 'FieldValueTypeInvalid');
  if (first === undefined) return;
  const detail = `json: cannot unmarshal into Go struct field ${type.kind}.${first.field}: ${first.message}`;
  throw badRequest(`${type.kind} in version "${version.name}" cannot be handled as a ${type.kind}: ${detail}`);
};

/**
 * Reads an object of a known type: unknown members dropped, nulls cleaned up, defaults filled in.
 * @throws ApiError - 400 when it is of another kind, or not readable as this one
 */
export const decodeObject = (body: Json, target: TypedVersion): Decoded => {
  if (!isObject(body))
    throw badRequest(`couldn't get version/kind; json parse error: cannot unmarshal ${jsonType(body)}`);
  requireKind(body, target);
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
  const normalised = type.rules.normalise?.(known) ?? known;
  const object = defaultObject(normalised, version.schema);
  requireTypes(object, target);
  return { object, unknown: [...unknown, ...metadata.unknown.map((path) => `metadata.${path}`)].sort() };
};

const pruneMetadata = (metadata: JsonObject, { version }: TypedVersion): Decoded => {
  const schema = version.schema.properties.get('metadata');
  if (schema === undefined) return { object: metadata, unknown: [] };
  return pruneObject(metadata, schema);
};
