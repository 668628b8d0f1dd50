import type { FieldError } from './api-error.ts';
import { invalidValue, tooLongValue } from './field-error.ts';
import type { JsonObject } from './json.ts';
import { objectAt } from './json.ts';
import { checkConfigKey } from './names.ts';
import type { KindRules } from './resource-type.ts';
import { checkImmutable, requireBase64 } from './secret-rules.ts';

const MAX_DATA_BYTES = 1024 * 1024;

const normaliseConfigMap = (object: JsonObject): JsonObject => {
  for (const value of Object.values(objectAt(object, 'binaryData'))) requireBase64(String(value), 'ConfigMap');
  return object;
};

const checkKeys = (member: string, data: JsonObject): readonly FieldError[] =>
  Object.keys(data).flatMap((key) => checkConfigKey(key).map((error) => invalidValue(`${member}[${key}]`, key, error)));

const sizeOf = (data: JsonObject, encoding: BufferEncoding): number =>
  Object.values(data).reduce<number>((sum, value) => sum + Buffer.byteLength(String(value), encoding), 0);

const validateConfigMap = (object: JsonObject, old: JsonObject | undefined): readonly FieldError[] => {
  const data = objectAt(object, 'data');
  const binary = objectAt(object, 'binaryData');
  const doubled = Object.keys(data).filter((key) => key in binary);
  const bytes = sizeOf(data, 'utf8') + sizeOf(binary, 'base64');
  return [
    ...checkImmutable(object, old, ['data', 'binaryData']),
    ...checkKeys('data', data),
    ...doubled.map((key) => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...checkKeys('binaryData', binary),
    ...(bytes > MAX_DATA_BYTES ? [tooLongValue('', MAX_DATA_BYTES)] : []),
  ];
};

export const configMapRules: KindRules = { normalise: normaliseConfigMap, validate: validateConfigMap };
