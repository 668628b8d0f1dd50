import { ClusterUnreachableError } from '../../domain/sync-error.ts';

export interface BreakerOptions {
  /** Failures in a row that open it. @default 5 */
  readonly threshold?: number;
  /** How long it stays open at least; up to twice that, so that containers do not knock together. @default 5000 */
  readonly openMilliseconds?: number;
  /** Epoch milliseconds */
  readonly now: () => number;
  /** 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/** What a failed call says of the API server. `unknown`: the caller gave up. */
export type Verdict = 'dead' | 'alive' | 'unknown';

/**
 * Spares a dead API server, and the callers who would wait for it.
 *
 * ```text
 * closed --threshold failures in a row--> open --time--> one probe --alive--> closed
 *                                          ^---------------dead-------'
 * ```
 */
export interface Breaker {
  /**
   * Runs `call` unless the breaker is open.
   * @throws ClusterUnreachableError - at once, while open
   */
  run<T>(call: () => Promise<T>, judge: (error: unknown) => Verdict): Promise<T>;
}

export const createBreaker = ({
  threshold = 5,
  openMilliseconds = 5_000,
  now,
  random = Math.random,
}: BreakerOptions): Breaker => {
  let failures = 0;
  let probeAt: number | undefined;
  let probing = false;

  const note = (verdict: Verdict): void => {
    if (verdict === 'unknown') return;
    failures = verdict === 'alive' ? 0 : failures + 1;
    probeAt = failures >= threshold ? now() + openMilliseconds * (1 + random()) : undefined;
  };
  /** @returns whether the call is the probe */
  const enter = (): boolean => {
    if (probeAt === undefined) return false;
    if (probing || now() < probeAt)
      throw new ClusterUnreachableError('the API server did not answer lately and is not asked again yet');
    probing = true;
    return true;
  };

  return {
    run: async (call, judge) => {
      const isProbe = enter();
      try {
        const result = await call();
        note('alive');
        return result;
      } catch (error) {
        note(judge(error));
        throw error;
      } finally {
        if (isProbe) probing = false;
      }
    },
  };
};
