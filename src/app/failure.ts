import { InvalidSpecError, SyncError, UnsupportedError } from '../domain/sync-error.ts';
import { TargetRefusedError } from '../domain/target-error.ts';
import { ObjectGoneError, TargetWriteError } from './carry-out.ts';
import type { SyncOutcome } from './sync-pass.ts';

/**
 * The outcome of a failed pass. Anything that is not a {@link SyncError} is a bug: it is thrown on, and the message
 * comes back.
 */
export const toFailure = (error: unknown): Extract<SyncOutcome, { type: 'failed' }> => {
  if (!(error instanceof SyncError)) throw error;
  return { type: 'failed', error, message: conditionMessage(error) };
};

/** The outcome of a pass that ended early: a failure, unless its object is no longer what it was. */
export const toOutcome = (error: unknown): SyncOutcome =>
  error instanceof ObjectGoneError ? { type: 'left-alone' } : toFailure(error);

/**
 * The condition says which step failed, in the reference's words; the cause is in the event. What is wrong with the
 * object itself is said in the condition too, since nobody but its author can mend it.
 */
const conditionMessage = (error: SyncError): string => {
  if (error instanceof TargetRefusedError || error instanceof TargetWriteError) return error.conditionMessage;
  const root = error.cause instanceof UnsupportedError ? error.cause : error;
  if (root instanceof UnsupportedError || root instanceof InvalidSpecError) return root.message;
  return 'could not get secret data from provider';
};
