import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { TableForbiddenError, TableUnavailableError } from '../../domain/sync-error.ts';

export const isConditionFailed = (error: unknown): error is ConditionalCheckFailedException =>
  error instanceof ConditionalCheckFailedException;

const cancelledBecause = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof TransactionCanceledException &&
  (error.CancellationReasons ?? []).some(({ Code }) => Code !== undefined && codes.includes(Code));

export const isTransactionConditionFailed = (error: unknown): boolean =>
  cancelledBecause(error, ['ConditionalCheckFailed']);

/** Two transactions, or a transaction and a write, met at one item; none of ours was done. The SDK does not repeat these. */
export const isTransactionConflict = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'TransactionConflictException') ||
  cancelledBecause(error, ['TransactionConflict']);

/** Answered with 400, yet nobody's mistake. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const THROTTLED: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

const isRefused = (error: unknown): boolean =>
  error instanceof DynamoDBServiceException &&
  error.$fault === 'client' &&
  !THROTTLED.has(error.name) &&
  !cancelledBecause(error, ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

const isAborted = (error: unknown, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true || (error instanceof Error && error.name === 'AbortError');

const isForbidden = (error: unknown): boolean => error instanceof Error && error.name === 'AccessDeniedException';

const isBug = (error: unknown): boolean => error instanceof TypeError;

/**
 * What to throw for what the client threw. Throttling, 5xx and no answer at all come right by themselves; a refusal
 * (no such table, an invalid request) is a bad deploy or a bug and stays as it is, as does an abort.
 */
export const toTableError = (error: unknown, operation: string, signal?: AbortSignal): unknown => {
  if (isForbidden(error))
    return new TableForbiddenError(
      `${operation} on the state table was denied: the role of this function lacks a permission on the table`,
      { cause: error },
    );
  if (isAborted(error, signal) || isRefused(error) || isBug(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new TableUnavailableError(`${operation} on the state table failed: ${name}`, { cause: error });
};
