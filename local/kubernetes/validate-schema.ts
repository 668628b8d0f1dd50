import type { FieldError } from './api-error.ts';
import { invalidType, invalidValue, requiredValue, tooManyItems, unsupportedValue } from './field-error.ts';
import type { Json, JsonList, JsonObject } from './json.ts';
import { isList, isObject, jsonEqual } from './json.ts';
import type { Schema } from './schema.ts';
import { memberSchema } from './schema.ts';
import { checkNumber, checkText } from './schema-scalars.ts';

interface Place {
  readonly path: string;
  /** The stored value here, when there is one to compare with: what did not change is not judged again. */
  readonly old: Json | undefined;
}

/** The type names of JSON values, as error messages call them. */
export const jsonType = (value: Json): string => {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

const expectedTypes = (schema: Schema): readonly string[] => {
  if (schema.intOrString) return ['integer', 'string'];
  return schema.type === undefined || schema.type === '' ? [] : [schema.type];
};

const matchesType = (actual: string, expected: readonly string[]): boolean =>
  expected.length === 0 || expected.includes(actual) || (actual === 'integer' && expected.includes('number'));

const checkType = (value: Json, schema: Schema, path: string): FieldError | undefined => {
  if (value === null && schema.nullable) return undefined;
  const actual = jsonType(value);
  const expected = expectedTypes(schema);
  if (matchesType(actual, expected)) return undefined;
  const where = path === '' ? '' : `${path} `;
  return invalidType(
    path === '' ? '<nil>' : path,
    actual,
    `${where}in body must be of type ${expected.join(',')}: ${JSON.stringify(actual)}`,
  );
};

const checkMembers = (value: JsonObject, schema: Schema, { path, old }: Place): readonly FieldError[] => {
  const { minProperties, maxProperties } = schema.limits;
  const errors: FieldError[] = [];
  const size = Object.keys(value).length;
  if (minProperties !== undefined && size < minProperties) {
    errors.push(invalidValue(path, size, `${path} in body should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && size > maxProperties) errors.push(tooManyItems(path, size, maxProperties));
  const prefix = path === '' ? '' : `${path}.`;
  for (const [name, member] of Object.entries(value)) {
    const oldMember = isObject(old) ? old[name] : undefined;
    errors.push(...checkValue(member, memberSchema(schema, name), { path: `${prefix}${name}`, old: oldMember }));
  }
  for (const name of schema.required) if (!Object.hasOwn(value, name)) errors.push(requiredValue(`${prefix}${name}`));
  return errors;
};

/** Items of a keyed list are compared with the stored item of the same key; other lists as a whole. */
const oldItem = (item: Json, schema: Schema, old: Json | undefined): Json | undefined => {
  if (schema.listType !== 'map' || !isObject(item) || !isList(old)) return undefined;
  return old.find((one) => isObject(one) && schema.listMapKeys.every((key) => jsonEqual(one[key], item[key])));
};

const checkItems = (value: JsonList, schema: Schema, { path, old }: Place): readonly FieldError[] => {
  const { minItems, maxItems } = schema.limits;
  const errors: FieldError[] = [];
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalidValue(path, value.length, `${path} in body should have at least ${minItems} items`));
  }
  value.forEach((item, index) => {
    errors.push(...checkValue(item, schema.items, { path: `${path}[${index}]`, old: oldItem(item, schema, old) }));
  });
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooManyItems(path, value.length, maxItems));
  return errors;
};

const checkContent = (value: Json, schema: Schema, place: Place): readonly FieldError[] => {
  if (isObject(value)) return checkMembers(value, schema, place);
  if (isList(value)) return checkItems(value, schema, place);
  if (typeof value === 'string') return checkText(value, schema, place.path);
  if (typeof value === 'number') return checkNumber(value, schema, place.path);
  return [];
};

const composite = (text: string): FieldError => invalidValue('<nil>', '', text);

const checkChoices = (value: Json, schema: Schema, place: Place): readonly FieldError[] => {
  const quoted = JSON.stringify(place.path);
  const errors: FieldError[] = [];
  const failuresOf = (choices: readonly Schema[]): readonly (readonly FieldError[])[] =>
    choices.map((choice) => checkValue(value, choice, place));
  const anyOf = failuresOf(schema.anyOf);
  if (anyOf.length > 0 && anyOf.every((failures) => failures.length > 0)) {
    errors.push(composite(`${quoted} must validate at least one schema (anyOf)`), ...(anyOf[0] ?? []));
  }
  const oneOf = failuresOf(schema.oneOf);
  const matching = oneOf.filter((failures) => failures.length === 0).length;
  if (oneOf.length > 0 && matching !== 1) {
    const found = matching === 0 ? 'Found none valid' : `Found ${matching} valid alternatives`;
    errors.push(composite(`${quoted} must validate one and only one schema (oneOf). ${found}`));
    if (matching === 0) errors.push(...(oneOf[0] ?? []));
  }
  const allOf = failuresOf(schema.allOf).filter((failures) => failures.length > 0);
  if (allOf.length > 0) {
    const none = allOf.length === schema.allOf.length ? '. None validated' : '';
    errors.push(...allOf.flat(), composite(`${quoted} must validate all the schemas (allOf)${none}`));
  }
  if (schema.not !== undefined && checkValue(value, schema.not, place).length === 0) {
    errors.push(composite(`${quoted} must not validate the schema (not)`));
  }
  return errors;
};

const checkValue = (value: Json, schema: Schema | undefined, place: Place): readonly FieldError[] => {
  if (schema === undefined) return [];
  if (place.old !== undefined && jsonEqual(value, place.old)) return [];
  const wrongType = checkType(value, schema, place.path);
  const errors = wrongType === undefined ? [] : [wrongType];
  if (value === null) return errors;
  const isListed = schema.enum === undefined || schema.enum.some((one) => jsonEqual(one, value));
  const unlisted = isListed ? [] : [unsupportedValue(place.path, value, schema.enum ?? [])];
  return [...errors, ...checkChoices(value, schema, place), ...checkContent(value, schema, place), ...unlisted];
};

/** Judges the status alone, as a write to `/status` does: messages name fields as if the status were the object. */
export const validateStatus = (object: JsonObject, schema: Schema, old: JsonObject): readonly FieldError[] => {
  const status = object['status'];
  const errors =
    status === undefined ? [] : checkValue(status, schema.properties.get('status'), { path: '', old: old['status'] });
  return errors.map((error) => ({ ...error, field: error.field === '<nil>' ? 'status' : `status.${error.field}` }));
};

/** Judges an object by its schema. With `old`, parts equal to the stored object's pass as they are. */
export const validateSchema = (object: JsonObject, schema: Schema, old?: JsonObject): readonly FieldError[] =>
  checkValue(object, schema, { path: '', old });
