import type { Clock } from '../ports/runtime.ts';

const FIRST_RETRY_MILLISECONDS = 500;
const LAST_RETRY_MILLISECONDS = 30_000;

/** 0.5 s, 1 s, 2 s … up to 30 s. @param failures - failures in a row before this one */
export const retryMilliseconds = (failures: number): number =>
  Math.min(FIRST_RETRY_MILLISECONDS * 2 ** failures, LAST_RETRY_MILLISECONDS);

/** Sleeps; an abort ends it early, without error. */
export const pause = async (clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
