import { SyncError } from './sync-error.ts';

/** Condition messages of a target that could not be brought about; the reference's own words. */
export type TargetConditionMessage =
  | 'could not get secret data from provider'
  | 'could not delete secret'
  | 'could not delete orphaned secrets'
  | 'could not update secret'
  | 'could not update secret, target is immutable'
  | 'failed to take ownership of target secret'
  | 'target is owned by another ExternalSecret'
  | 'invalid generic target'
  | 'could not get target resource'
  | 'could not apply template to manifest';

/** A rule forbids touching the target. The message is the event's text; the condition says less, and never the cause. */
export class TargetRefusedError extends SyncError {
  override readonly name = 'TargetRefusedError';
  readonly reason = 'SecretSyncedError';
  readonly retryable = false;
  readonly conditionMessage: TargetConditionMessage;

  constructor(conditionMessage: TargetConditionMessage, message: string) {
    super(message);
    this.conditionMessage = conditionMessage;
  }
}
