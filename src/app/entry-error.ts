import { SyncError } from '../domain/sync-error.ts';
import { isTellable } from './failure.ts';

/** An entry that could not be brought in; fails the whole sync. The message is the reference's. */
export class EntryError extends SyncError {
  override readonly name = 'EntryError';
  readonly reason: string;
  readonly retryable: boolean;

  constructor({ label }: Labelled, cause: SyncError) {
    super(`error processing ${label}, err: ${cause.message}`, { cause });
    this.reason = cause.reason;
    this.retryable = cause.retryable;
  }
}

/** An entry of the spec, as messages name it. */
export interface Labelled {
  readonly label: string;
}

/** @throws EntryError - in place of whatever can be told of the entry */
export const forEntry = async <T>(entry: Labelled, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw inEntry(entry, error);
  }
};

export const inEntry = (entry: Labelled, error: unknown): unknown =>
  isTellable(error) ? new EntryError(entry, error) : error;

/** Waits for all, then fails with the first failure in the spec's order rather than in time's. */
export const inOrder = async <T>(work: readonly Promise<T>[]): Promise<T[]> => {
  await Promise.allSettled(work);
  return Promise.all(work);
};
