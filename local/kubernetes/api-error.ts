import type { JsonObject } from './json.ts';
import { definedMembers } from './json.ts';

export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** One wrong field of an object; several make a 422. */
export interface FieldError {
  readonly field: string;
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueDuplicate'
    | 'FieldValueNotFound'
    | 'FieldValueTypeInvalid'
    | 'InternalError';
  readonly message: string;
}

interface ApiErrorParts {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: JsonObject;
}

/** An answer of the API that is not a success: `status` is the `v1` Status object sent to the client. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly status: JsonObject;

  constructor({ code, reason, message, details }: ApiErrorParts) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.status = definedMembers({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason: reason === '' ? undefined : reason,
      details,
      code,
    });
  }
}

export const qualified = ({ group, plural }: GroupResource): string => (group === '' ? plural : `${plural}.${group}`);

/** The 409 of preconditions in delete options, which names the kind instead of the resource. */
export const preconditionFailed = ({ group, kind }: GroupKind, name: string, why: string): ApiError =>
  conflict({ group, plural: kind }, name, why);

const detailsOf = ({ group, plural }: GroupResource, name: string): JsonObject =>
  definedMembers({ name: name || undefined, group: group || undefined, kind: plural });

export const notFound = (resource: GroupResource, name: string): ApiError =>
  new ApiError({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(resource)} "${name}" not found`,
    details: detailsOf(resource, name),
  });

export const alreadyExists = (resource: GroupResource, name: string): ApiError =>
  new ApiError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualified(resource)} "${name}" already exists`,
    details: detailsOf(resource, name),
  });

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export const conflict = (resource: GroupResource, name: string, why: string = MODIFIED): ApiError =>
  new ApiError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    details: detailsOf(resource, name),
  });

export const forbidden = (resource: GroupResource, name: string, why: string): ApiError =>
  new ApiError({
    code: 403,
    reason: 'Forbidden',
    message:
      name === ''
        ? `${qualified(resource)} is forbidden: ${why}`
        : `${qualified(resource)} "${name}" is forbidden: ${why}`,
    details: detailsOf(resource, name),
  });

/** The 403 of a create in a namespace that is going away. */
export const namespaceTerminating = (resource: GroupResource, name: string, namespace: string): ApiError => {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return new ApiError({
    code: 403,
    reason: 'Forbidden',
    message: `${qualified(resource)} "${name}" is forbidden: ${why}`,
    details: {
      ...detailsOf(resource, name),
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  });
};

/** The 422 of all `errors` of one object, worded as the real server words it. */
export const invalid = ({ group, kind }: GroupKind, name: string, errors: readonly FieldError[]): ApiError => {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const causes = errors.map(({ field, reason, message }) => ({ reason, message, field }));
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${text}`,
    details: definedMembers({ name: name || undefined, group: group || undefined, kind: kind || undefined, causes }),
  });
};

export const badRequest = (message: string): ApiError => new ApiError({ code: 400, reason: 'BadRequest', message });

export const unauthorized = (): ApiError =>
  new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });

export const expired = (message: string): ApiError => new ApiError({ code: 410, reason: 'Expired', message });

export const methodNotAllowed = (): ApiError =>
  new ApiError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });

export const unsupportedPatchType = (): ApiError =>
  new ApiError({ code: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} });

export const notAcceptable = (): ApiError =>
  new ApiError({
    code: 406,
    reason: 'NotAcceptable',
    message: '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml',
    details: {},
  });

export const tooLargeRequest = (limitBytes: number): ApiError =>
  new ApiError({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${limitBytes}`,
  });

export const tooLargeResourceVersion = (asked: number, current: number): ApiError =>
  new ApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });

/** What a path answers that no resource serves. */
export const unknownPath = (): ApiError =>
  new ApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });

/** What the server says when it fails in a way nobody gave a reason to. */
export const unexplainedError = (message: string): ApiError => new ApiError({ code: 500, reason: '', message });
