import { CausedError, SyncError } from '../../domain/sync-error.ts';
import { isTellable } from '../failure.ts';

/** A step of a push that failed; the message is the condition's, in the reference's words. */
export class PushError extends CausedError {
  override readonly name = 'PushError';

  constructor(doing: string, cause: SyncError) {
    super(`${doing}${cause.message}`, cause);
  }
}

/** The source could not be had. The condition says no more; why is in the event. */
export class SourceError extends CausedError {
  override readonly name = 'SourceError';
  readonly conditionMessage = 'could not get source secret';

  constructor(cause: SyncError) {
    super(`could not get source secret: ${cause.message}`, cause);
  }
}

/** There is no Secret of the name: Kubernetes said so itself. */
export class SourceMissingError extends SyncError {
  override readonly name = 'SourceMissingError';
  readonly reason = 'SourceMissing';
  readonly retryable = true;

  constructor(name: string) {
    super(`secrets "${name}" not found`);
  }
}

/** Each push changes what the next one is made from; only an edit ends that. */
export class PushLoopError extends SyncError {
  override readonly name = 'PushLoopError';
  readonly reason = 'PushLoop';
  readonly retryable = false;
}

/** Says of a failure what was being done. What is no failure of ours stays as it is. */
export const inStep = async <T>(doing: string, work: () => Promise<T> | T): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw isTellable(error) && !(error instanceof PushError) ? new PushError(doing, error) : error;
  }
};
