import { SyncError } from '../sync-error.ts';

/** The key was written too often lately: nothing is wrong, and the newest content is written when its time has come. */
export class WriteBudgetError extends SyncError {
  override readonly name = 'WriteBudgetError';
  readonly reason = 'WriteBudgetSpent';
  readonly retryable = true;
  /** Epoch milliseconds from which the key may be written again. */
  readonly until: number;

  constructor(key: string, until: number) {
    super(
      `writing ${key} waits until ${new Date(until).toISOString()}: it was written so often that versions would pile up; the newest content is written then`,
    );
    this.until = until;
  }
}
