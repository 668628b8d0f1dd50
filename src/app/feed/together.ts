/**
 * Runs tasks that belong together: as soon as one ends, or fails, the signal of all aborts.
 * @throws what the first of them in order failed with, after all have ended
 */
export const together = async (
  signal: AbortSignal,
  tasks: readonly ((until: AbortSignal) => Promise<void>)[],
): Promise<void> => {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const runs = tasks.map(async (task) => {
    try {
      await task(until);
    } finally {
      over.abort();
    }
  });
  raise(await Promise.allSettled(runs));
};

/** @throws the first failure, if there is one */
export const raise = (outcomes: readonly PromiseSettledResult<unknown>[]): void => {
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
};

/** True for what a call ends with that the signal cut short: nothing went wrong. */
export const isCutOff = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted && error instanceof Error && error.name === 'AbortError';
