import { RE2JS } from 're2js';
import type { FieldError } from './api-error.ts';
import { invalidType, invalidValue, tooLongValue } from './field-error.ts';
import type { Schema } from './schema.ts';

const compiled = new Map<string, RE2JS>();

/** The API server's patterns are RE2, found anywhere in the text. */
export const matchesPattern = (text: string, pattern: string): boolean => {
  const known = compiled.get(pattern) ?? RE2JS.compile(pattern);
  compiled.set(pattern, known);
  return known.matcher(text).find();
};

const isUrl = (text: string): boolean => URL.canParse(text) || text.startsWith('/');
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const DURATION = /^-?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$|^0$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The formats of CRD schemas that are judged; the others pass. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  uri: isUrl,
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  hostname: (text) => /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text),
  ipv4: (text) => /^(\d{1,3}\.){3}\d{1,3}$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  byte: (text) => BASE64.test(text),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text),
  'date-time': (text) => DATE_TIME.test(text),
  datetime: (text) => DATE_TIME.test(text),
  duration: (text) => DURATION.test(text),
};

export const checkText = (value: string, schema: Schema, path: string): readonly FieldError[] => {
  const { minLength, maxLength } = schema.limits;
  const errors: FieldError[] = [];
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) return [tooLongValue(path, maxLength)];
  if (minLength !== undefined && length < minLength) {
    return [invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`)];
  }
  if (schema.pattern !== undefined && !matchesPattern(value, schema.pattern)) {
    errors.push(invalidValue(path, value, `${path} in body should match '${schema.pattern}'`));
  }
  const format = schema.format === undefined ? undefined : formats[schema.format];
  if (format !== undefined && !format(value)) {
    errors.push(invalidType(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`));
  }
  return errors;
};

const isMultiple = (value: number, factor: number): boolean => {
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Number.isInteger(quotient);
};

export const checkNumber = (value: number, schema: Schema, path: string): readonly FieldError[] => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema.limits;
  const errors: FieldError[] = [];
  const complain = (text: string): void => {
    errors.push(invalidValue(path, value, `${path} in body should be ${text}`));
  };
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) complain(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && !exclusiveMaximum && value > maximum) complain(`less than or equal to ${maximum}`);
  if (maximum !== undefined && exclusiveMaximum && value >= maximum) complain(`less than ${maximum}`);
  if (minimum !== undefined && !exclusiveMinimum && value < minimum) complain(`greater than or equal to ${minimum}`);
  if (minimum !== undefined && exclusiveMinimum && value <= minimum) complain(`greater than ${minimum}`);
  return errors;
};
