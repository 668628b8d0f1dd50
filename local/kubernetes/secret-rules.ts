import type { FieldError } from './api-error.ts';
import { badRequest } from './api-error.ts';
import { forbiddenValue, invalidValue, requiredValue, tooLongValue } from './field-error.ts';
import type { Json, JsonObject } from './json.ts';
import { booleanAt, jsonEqual, objectAt, stringAt, stringMapAt, valueAt, without } from './json.ts';
import { checkConfigKey } from './names.ts';
import { annotationsOf } from './object-meta.ts';
import type { KindRules } from './resource-type.ts';

const MAX_DATA_BYTES = 1024 * 1024;

/** @throws ApiError - 400 naming the first byte that is not base64 */
export const requireBase64 = (text: string, kind: string): void => {
  const compact = text.replace(/[\r\n]/g, '');
  const body = compact.replace(/={1,2}$/, '');
  const bad = body.search(/[^A-Za-z0-9+/]/);
  if (bad < 0 && compact.length % 4 === 0 && body.length % 4 !== 1) return;
  const at = bad < 0 ? Math.floor(body.length / 4) * 4 : bad;
  throw badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: illegal base64 data at input byte ${at}`);
};

const base64Bytes = (text: string): number => Buffer.byteLength(text, 'base64');

/** Base64 as the server writes it back: without line breaks. */
const canonicalData = (data: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]): [string, Json] => {
      const text = typeof value === 'string' ? value : '';
      requireBase64(text, 'Secret');
      return [key, text.replace(/[\r\n]/g, '')];
    }),
  );

const normaliseSecret = (object: JsonObject): JsonObject => {
  const plain = stringMapAt(object, 'stringData');
  const encoded = Object.fromEntries(
    Object.entries(plain).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  const data = { ...canonicalData(objectAt(object, 'data')), ...encoded };
  const rest = without(object, 'stringData', 'data', 'type');
  const type = stringAt(object, 'type') || 'Opaque';
  return Object.keys(data).length === 0 ? { ...rest, type } : { ...rest, data, type };
};

const jsonProblem = (text: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString());
    return typeof value === 'object' && value !== null ? undefined : 'json: cannot unmarshal into Go value';
  } catch {
    return 'unexpected end of JSON input'; // the parser's own text would quote the secret
  }
};

const requireJson = (data: JsonObject, key: string): readonly FieldError[] => {
  const value = data[key];
  if (typeof value !== 'string') return [requiredValue(`data[${key}]`)];
  const problem = jsonProblem(value);
  return problem === undefined ? [] : [invalidValue(`data[${key}]`, '<secret contents redacted>', problem)];
};

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

/** What each well-known type must contain. */
const typeChecks: Readonly<Record<string, (data: JsonObject, object: JsonObject) => readonly FieldError[]>> = {
  'kubernetes.io/service-account-token': (_, object) =>
    annotationsOf(object)[SERVICE_ACCOUNT_NAME] ? [] : [requiredValue(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`)],
  'kubernetes.io/dockercfg': (data) => requireJson(data, '.dockercfg'),
  'kubernetes.io/dockerconfigjson': (data) => requireJson(data, '.dockerconfigjson'),
  'kubernetes.io/basic-auth': (data) =>
    'username' in data || 'password' in data ? [] : [requiredValue('data[username]'), requiredValue('data[password]')],
  'kubernetes.io/ssh-auth': (data) => (data['ssh-privatekey'] ? [] : [requiredValue('data[ssh-privatekey]')]),
  'kubernetes.io/tls': (data) =>
    ['tls.crt', 'tls.key'].filter((key) => !(key in data)).map((key) => requiredValue(`data[${key}]`)),
};

const IMMUTABLE = 'field is immutable when `immutable` is set';

export const checkImmutable = (
  object: JsonObject,
  old: JsonObject | undefined,
  members: readonly string[],
): readonly FieldError[] => {
  if (old === undefined || !booleanAt(old, 'immutable')) return [];
  const changed = members.filter((member) => !jsonEqual(objectAt(object, member), objectAt(old, member)));
  const unset = booleanAt(object, 'immutable') ? [] : ['immutable'];
  return [...unset, ...changed].map((member) => forbiddenValue(member, IMMUTABLE));
};

const checkKeys = (data: JsonObject): readonly FieldError[] =>
  Object.keys(data).flatMap((key) => checkConfigKey(key).map((error) => invalidValue(`data[${key}]`, key, error)));

const checkSize = (data: JsonObject): readonly FieldError[] => {
  const bytes = Object.values(data).reduce<number>((sum, value) => sum + base64Bytes(String(value)), 0);
  return bytes > MAX_DATA_BYTES ? [tooLongValue('data', MAX_DATA_BYTES)] : [];
};

const validateSecret = (object: JsonObject, old: JsonObject | undefined): readonly FieldError[] => {
  const data = objectAt(object, 'data');
  const type = stringAt(object, 'type') ?? '';
  const moved = old !== undefined && type !== valueAt(old, 'type');
  return [
    ...(moved ? [invalidValue('type', type, 'field is immutable')] : []),
    ...checkImmutable(object, old, ['data']),
    ...checkKeys(data),
    ...checkSize(data),
    ...(typeChecks[type]?.(data, object) ?? []),
  ];
};

export const secretRules: KindRules = { normalise: normaliseSecret, validate: validateSecret };
