import { ApiError, badRequest, invalid } from './api-error.ts';
import { invalidValue, requiredValue } from './field-error.ts';
import type { ResourceType, TypedVersion } from './resource-type.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** What the query of a write says. */
export interface WriteOptions {
  readonly dryRun: boolean;
  /** Who owns what is written. @default the User-Agent up to its first slash */
  readonly manager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean;
}

const readFieldValidation = (text: string | null): FieldValidation => {
  if (text === null || text === '' || text === 'Warn') return 'Warn';
  if (text === 'Strict' || text === 'Ignore') return text;
  throw invalid({ group: 'meta.k8s.io', kind: 'CreateOptions' }, '', [
    {
      field: 'fieldValidation',
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: "${text}": supported values: "", "Ignore", "Strict", "Warn"`,
    },
  ]);
};

/** Appliers must say who they are. */
export const requireFieldManager = (query: URLSearchParams): void => {
  if (query.get('fieldManager')) return;
  throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
    requiredValue('fieldManager', 'is required for apply patch'),
  ]);
};

const readManager = (query: URLSearchParams, userAgent: string | undefined): string => {
  const manager = query.get('fieldManager') || (userAgent ?? '').split('/')[0] || 'unknown';
  if (manager.length > 128) {
    throw invalid({ group: 'meta.k8s.io', kind: 'CreateOptions' }, '', [
      { field: 'fieldManager', reason: 'FieldValueTooLong', message: 'Too long: may not be more than 128 bytes' },
    ]);
  }
  return manager;
};

export const readWriteOptions = (query: URLSearchParams, userAgent: string | undefined): WriteOptions => {
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    throw invalid({ group: 'meta.k8s.io', kind: 'CreateOptions' }, '', [
      invalidValue('dryRun', dryRun, 'supported values: "All"'),
    ]);
  }
  return {
    dryRun: dryRun.length > 0,
    manager: readManager(query, userAgent),
    fieldValidation: readFieldValidation(query.get('fieldValidation')),
    force: query.get('force') === 'true',
  };
};

const strictText = (unknown: readonly string[]): string =>
  `strict decoding error: ${unknown.map((path) => `unknown field "${path}"`).join(', ')}`;

/** @throws ApiError - 400 for unknown fields of a POST or PUT when validation is strict; otherwise gives the warnings */
export const judgeUnknownFields = (
  unknown: readonly string[],
  { fieldValidation }: WriteOptions,
  { type, version }: TypedVersion,
): readonly string[] => {
  if (unknown.length === 0 || fieldValidation === 'Ignore') return [];
  if (fieldValidation === 'Warn') return unknown.map((path) => `unknown field "${path}"`);
  throw badRequest(
    `${type.kind} in version "${version.name}" cannot be handled as a ${type.kind}: ${strictText(unknown)}`,
  );
};

/** The same for a patch, whose text the error repeats. */
export const judgeUnknownPatchFields = (
  unknown: readonly string[],
  { fieldValidation }: WriteOptions,
  patch: string,
): readonly string[] => {
  if (unknown.length === 0 || fieldValidation === 'Ignore') return [];
  if (fieldValidation === 'Warn') return unknown.map((path) => `unknown field "${path}"`);
  throw invalid({ group: '', kind: '' }, '', [invalidValue('patch', patch, strictText(unknown))]);
};

export const requireSameNamespace = (object: string, request: string, { namespaced }: ResourceType): void => {
  if (!namespaced || object === '' || object === request) return;
  throw new ApiError({
    code: 400,
    reason: 'BadRequest',
    message: `the namespace of the provided object does not match the namespace sent on the request`,
  });
};
