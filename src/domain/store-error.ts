import { SecretNotFoundError, SyncError } from './sync-error.ts';

/**
 * The provider understood the request and refuses it, whoever asks: a version that is not there, a secret marked for
 * deletion, a key that cannot decrypt. The message is the provider's own. It says nothing about existence, so targets stay.
 */
export class StoreRejectedError extends SyncError {
  override readonly name = 'StoreRejectedError';
  readonly reason = 'StoreRejected';
  readonly retryable = false;
  /** The secret was deleted and can still be restored: it is in no list any more. */
  readonly pendingDeletion: boolean;

  constructor(message: string, { pendingDeletion = false } = {}) {
    super(message);
    this.pendingDeletion = pendingDeletion;
  }
}

/** The secret does not exist, or is on its way there and in no list any more. */
export const isGone = (error: unknown): boolean =>
  error instanceof SecretNotFoundError || (error instanceof StoreRejectedError && error.pendingDeletion);
