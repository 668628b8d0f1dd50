import type { FieldError } from './api-error.ts';
import type { Json } from './json.ts';

/** As the API prints a rejected value: texts quoted, the rest as JSON. */
const show = (value: Json): string => JSON.stringify(value);

const withDetail = (body: string, detail: string): string => (detail === '' ? body : `${body}: ${detail}`);

export const invalidValue = (field: string, value: Json | undefined, detail: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  message: withDetail(value === undefined ? 'Invalid value' : `Invalid value: ${show(value)}`, detail),
});

export const invalidType = (field: string, value: Json, detail: string): FieldError => ({
  field,
  reason: 'FieldValueTypeInvalid',
  message: withDetail(`Invalid value: ${show(value)}`, detail),
});

export const requiredValue = (field: string, detail = ''): FieldError => ({
  field,
  reason: 'FieldValueRequired',
  message: withDetail('Required value', detail),
});

export const unsupportedValue = (field: string, value: Json, supported: readonly Json[]): FieldError => ({
  field,
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${show(value)}: supported values: ${supported
    .map((one) => JSON.stringify(typeof one === 'string' ? one : JSON.stringify(one)))
    .join(', ')}`,
});

export const forbiddenValue = (field: string, detail: string): FieldError => ({
  field,
  reason: 'FieldValueForbidden',
  message: withDetail('Forbidden', detail),
});

export const tooLongValue = (field: string, maxBytes: number): FieldError => ({
  field,
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`,
});

export const tooManyItems = (field: string, actual: number, max: number): FieldError => ({
  field,
  reason: 'FieldValueTooMany',
  message: `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
});

export const duplicateValue = (field: string, value: Json): FieldError => ({
  field,
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${show(value)}`,
});
