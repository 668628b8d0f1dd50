import type { Json, JsonObject } from './json.ts';
import { booleanAt, isObject, listAt, numberAt, objectAt, objectsAt, stringAt, stringsAt, valueAt } from './json.ts';

/** One entry of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string | undefined;
  readonly messageExpression: string | undefined;
  readonly reason: string | undefined;
  readonly fieldPath: string | undefined;
  readonly optionalOldSelf: boolean;
}

/** An OpenAPI v3 schema node as the API server reads it: structural, with the `x-kubernetes-…` extensions. */
export interface Schema {
  readonly type: string | undefined;
  readonly format: string | undefined;
  readonly nullable: boolean;
  readonly default: Json | undefined;
  readonly properties: ReadonlyMap<string, Schema>;
  /** The schema of other members; `true` allows any. */
  readonly additional: Schema | true | undefined;
  readonly items: Schema | undefined;
  readonly required: readonly string[];
  readonly enum: readonly Json[] | undefined;
  readonly pattern: string | undefined;
  readonly limits: Limits;
  readonly allOf: readonly Schema[];
  readonly anyOf: readonly Schema[];
  readonly oneOf: readonly Schema[];
  readonly not: Schema | undefined;
  readonly intOrString: boolean;
  readonly preserveUnknown: boolean;
  readonly embeddedResource: boolean;
  readonly listType: string | undefined;
  readonly listMapKeys: readonly string[];
  readonly mapType: string | undefined;
  /** Built-in kinds only: the member by which a strategic merge patch tells list items apart; '' for a list of plain values. */
  readonly patchMergeKey: string | undefined;
  readonly rules: readonly ValidationRule[];
}

export interface Limits {
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly exclusiveMaximum: boolean;
  readonly multipleOf: number | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
}

const parseLimits = (source: JsonObject): Limits => ({
  minimum: numberAt(source, 'minimum'),
  maximum: numberAt(source, 'maximum'),
  exclusiveMinimum: booleanAt(source, 'exclusiveMinimum'),
  exclusiveMaximum: booleanAt(source, 'exclusiveMaximum'),
  multipleOf: numberAt(source, 'multipleOf'),
  minLength: numberAt(source, 'minLength'),
  maxLength: numberAt(source, 'maxLength'),
  minItems: numberAt(source, 'minItems'),
  maxItems: numberAt(source, 'maxItems'),
  minProperties: numberAt(source, 'minProperties'),
  maxProperties: numberAt(source, 'maxProperties'),
});

const parseRule = (source: JsonObject): ValidationRule => ({
  rule: stringAt(source, 'rule') ?? '',
  message: stringAt(source, 'message'),
  messageExpression: stringAt(source, 'messageExpression'),
  reason: stringAt(source, 'reason'),
  fieldPath: stringAt(source, 'fieldPath'),
  optionalOldSelf: booleanAt(source, 'optionalOldSelf'),
});

const parseOptional = (source: Json | undefined): Schema | undefined =>
  isObject(source) ? parseSchema(source) : undefined;

export const parseSchema = (source: JsonObject): Schema => ({
  type: stringAt(source, 'type'),
  format: stringAt(source, 'format'),
  nullable: booleanAt(source, 'nullable'),
  default: valueAt(source, 'default'),
  properties: new Map(
    Object.entries(objectAt(source, 'properties')).map(([name, child]) => [
      name,
      parseSchema(objectAt({ child }, 'child')),
    ]),
  ),
  additional: source['additionalProperties'] === true ? true : parseOptional(source['additionalProperties']),
  items: parseOptional(source['items']),
  required: stringsAt(source, 'required'),
  enum: source['enum'] === undefined ? undefined : listAt(source, 'enum'),
  pattern: stringAt(source, 'pattern'),
  limits: parseLimits(source),
  allOf: objectsAt(source, 'allOf').map(parseSchema),
  anyOf: objectsAt(source, 'anyOf').map(parseSchema),
  oneOf: objectsAt(source, 'oneOf').map(parseSchema),
  not: parseOptional(source['not']),
  intOrString: booleanAt(source, 'x-kubernetes-int-or-string'),
  preserveUnknown: booleanAt(source, 'x-kubernetes-preserve-unknown-fields'),
  embeddedResource: booleanAt(source, 'x-kubernetes-embedded-resource'),
  listType: stringAt(source, 'x-kubernetes-list-type'),
  listMapKeys: stringsAt(source, 'x-kubernetes-list-map-keys'),
  mapType: stringAt(source, 'x-kubernetes-map-type'),
  patchMergeKey: stringAt(source, 'x-kubernetes-patch-merge-key'),
  rules: objectsAt(source, 'x-kubernetes-validations').map(parseRule),
});

/** The schema of one member of an object, if it has one. */
export const memberSchema = (schema: Schema | undefined, name: string): Schema | undefined => {
  const own = schema?.properties.get(name);
  if (own !== undefined) return own;
  return schema?.additional === true ? undefined : schema?.additional;
};
