import { NotAllowedError } from '../domain/not-allowed-error.ts';
import {
  causesOf,
  InvalidSpecError,
  MalformedItemError,
  SyncError,
  TableForbiddenError,
  TableUnavailableError,
  UnsupportedError,
} from '../domain/sync-error.ts';
import { TargetRefusedError } from '../domain/target-error.ts';
import { ObjectGoneError, TargetWriteError } from './carry-out.ts';
import { TemplateError } from './render-content.ts';
import type { SyncOutcome } from './sync-pass.ts';

/**
 * A failure that can be told on the object. Bugs cannot, nor can the table being away, without which there is no next
 * due time: those are thrown on, and the message comes back.
 */
export const isTellable = (error: unknown): error is SyncError =>
  error instanceof SyncError && !OF_THE_SERVICE.some((ours) => error instanceof ours);

const OF_THE_SERVICE = [TableUnavailableError, TableForbiddenError, MalformedItemError] as const;

/**
 * The outcome of a failed pass.
 * @throws what is not tellable
 */
export const toFailure = (error: unknown): Extract<SyncOutcome, { type: 'failed' }> => {
  if (!isTellable(error)) throw error;
  return { type: 'failed', error, message: conditionMessage(error) };
};

/** The outcome of a pass that ended early: a failure, unless its object is no longer what it was. */
export const toOutcome = (error: unknown): SyncOutcome =>
  error instanceof ObjectGoneError ? { type: 'left-alone' } : toFailure(error);

/**
 * The condition says which step failed, in the reference's words; the cause is in the event. What is wrong with the
 * object itself is said in the condition too, since nobody but its author can mend it; so is what the registration refuses.
 */
const conditionMessage = (error: SyncError): string => {
  if (error instanceof TargetRefusedError || error instanceof TargetWriteError || error instanceof TemplateError)
    return error.conditionMessage;
  const causes = causesOf(error);
  const refused = causes.find((cause) => cause instanceof NotAllowedError);
  if (refused !== undefined) return refused.message;
  const root = causes.find((cause) => cause instanceof UnsupportedError) ?? error;
  if (root instanceof UnsupportedError || root instanceof InvalidSpecError) return root.message;
  return 'could not get secret data from provider';
};
