import { SyncError } from './sync-error.ts';

/** The API server no longer has the history after a resourceVersion, or of a list's pages (410): list again. */
export class PositionExpiredError extends SyncError {
  override readonly name = 'PositionExpiredError';
  readonly reason = 'PositionExpired';
  readonly retryable = true;
}
