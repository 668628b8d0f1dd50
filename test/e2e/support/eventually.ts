import { setTimeout as sleep } from 'node:timers/promises';

const POLL_EVERY_MILLISECONDS = 30;

export interface Patience {
  readonly withinMilliseconds: number;
}

/**
 * Repeats `fact` until it throws nothing.
 * @returns what it returned
 * @throws Error - it still threw when the time was over; ends with what it threw last
 */
export const eventually = async <T>(fact: () => T | Promise<T>, { withinMilliseconds }: Patience): Promise<T> => {
  const until = Date.now() + withinMilliseconds;
  for (;;) {
    try {
      return await fact();
    } catch (error) {
      if (Date.now() >= until)
        throw new Error(`not so within ${withinMilliseconds} ms: ${describe(error)}`, { cause: error });
    }
    await sleep(POLL_EVERY_MILLISECONDS);
  }
};

/** Repeats `fact` for as long as `forMilliseconds`. @throws what it threw first */
export const throughout = async (
  fact: () => unknown,
  { forMilliseconds }: { readonly forMilliseconds: number },
): Promise<void> => {
  const until = Date.now() + forMilliseconds;
  while (Date.now() < until) {
    await fact();
    await sleep(200);
  }
};

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
