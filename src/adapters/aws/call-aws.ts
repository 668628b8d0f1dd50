import { type AwsOperation, toSyncError } from './aws-error.ts';

export interface CallLimits {
  /** Milliseconds for one call with all its attempts. */
  readonly deadlineMilliseconds: number;
  /** Attempts the client makes; infinite: no cap but the deadline. */
  readonly maxAttempts: number;
}

/** Sends one request, within the limits its client was made with. */
export type CallAws = <T>(
  operation: AwsOperation,
  send: (abortSignal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

/** Every call ends: by its answer, by the deadline, or by the caller's signal. It throws SyncErrors only. */
export const createCallAws =
  (limits: CallLimits): CallAws =>
  async (operation, send, signal) => {
    const deadline = AbortSignal.timeout(limits.deadlineMilliseconds);
    try {
      return await send(signal === undefined ? deadline : AbortSignal.any([signal, deadline]));
    } catch (error) {
      const { maxAttempts } = limits;
      if (signal?.aborted) throw toSyncError(operation, error, { maxAttempts, stopped: 'canceled' });
      if (deadline.aborted) throw toSyncError(operation, error, { maxAttempts, stopped: 'deadline exceeded' });
      throw toSyncError(operation, error, { maxAttempts });
    }
  };
