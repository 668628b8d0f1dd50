import { SyncError } from './sync-error.ts';

/**
 * The provider understood the request and refuses it, whoever asks: a version that is not there, a secret marked for
 * deletion, a key that cannot decrypt. The message is the provider's own. It says nothing about existence, so targets stay.
 */
export class StoreRejectedError extends SyncError {
  override readonly name = 'StoreRejectedError';
  readonly reason = 'StoreRejected';
  readonly retryable = false;
}
