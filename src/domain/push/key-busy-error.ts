import { SyncError } from '../sync-error.ts';

/** Somebody else has been writing the key for as long as we could wait. */
export class KeyBusyError extends SyncError {
  override readonly name = 'KeyBusyError';
  readonly reason = 'KeyBusy';
  readonly retryable = true;

  /** @param by - as whoever writes it says */
  constructor(key: string, by: string) {
    super(`writing ${key} waits for ${by === '' ? 'somebody else' : by}, which is writing it too`);
  }
}
