import { expect, test } from '@jest/globals';
import * as errors from '../../../src/domain/sync-error.ts';

const { describeError, SecretNotFoundError, SyncError, UnsupportedError } = errors;

const concrete = [
  new errors.StoreUnavailableError('m'),
  new errors.StoreAccessDeniedError('m'),
  new errors.StoreNotReadyError('m'),
  new errors.InvalidSecretValueError('m'),
  new errors.InvalidSpecError('m'),
  new errors.UnsupportedError('m'),
  new errors.SecretNotFoundError(),
  new errors.StaleReadError('m'),
  new errors.ClusterUnreachableError('m'),
  new errors.ClusterForbiddenError('m'),
  new errors.ClusterRejectedError('m'),
  new errors.WriteConflictError('m'),
];

test.each(concrete.map((error) => [error.name, error] as const))(
  '%s has a name and a reason of its own',
  (_, error) => {
    expect(error).toBeInstanceOf(SyncError);
    expect(error.name).toBe(error.constructor.name);
    expect(error.reason).toBe(error.name.replace(/Error$/, ''));
  },
);

test('only failures that may pass by themselves are retryable', () => {
  const retryable = concrete.filter((error) => error.retryable).map((error) => error.name);

  expect(retryable.sort()).toEqual([
    'ClusterUnreachableError',
    'StaleReadError',
    'StoreNotReadyError',
    'StoreUnavailableError',
    'WriteConflictError',
  ]);
});

test('a missing secret has the reference operator’s words', () => {
  expect(new SecretNotFoundError().message).toBe('Secret does not exist');
});

test('an unsupported feature is named', () => {
  expect(new UnsupportedError('target.manifest').message).toBe('target.manifest is not supported yet');
});

test('one of our own errors is described with its reason and message', () => {
  expect(describeError(new errors.StoreUnavailableError('reading prod/db failed: throttled'))).toEqual({
    name: 'StoreUnavailableError',
    reason: 'StoreUnavailable',
    message: 'reading prod/db failed: throttled',
  });
});

test('the message of anybody else’s error stays inside', () => {
  expect(describeError(new TypeError('password is hunter2'))).toEqual({ name: 'TypeError' });
  expect(describeError('hunter2')).toEqual({ name: 'string' });
  expect(describeError(undefined)).toEqual({ name: 'undefined' });
});
