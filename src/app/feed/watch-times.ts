/** Times of one invocation; the function's own timeout must be longer than `stopMilliseconds` by what handing over takes. */
export interface WatchTimes {
  /** Leases are given to an heir after this. @default 540 s */
  readonly holdMilliseconds: number;
  /** Leases are given up after this, heir or not. @default 600 s */
  readonly stopMilliseconds: number;
  /** How long an unrenewed lease counts. @default 15 s */
  readonly leaseMilliseconds: number;
  /** @default 5 s */
  readonly renewMilliseconds: number;
  /** How long an invocation without work waits to inherit. @default 20 s */
  readonly inheritMilliseconds: number;
  /** How often a held cluster's registration is looked at. @default 30 s */
  readonly registrationMilliseconds: number;
  /** Clusters one invocation holds at most. @default 25 */
  readonly maxClusters: number;
}

export const DEFAULT_WATCH_TIMES: WatchTimes = {
  holdMilliseconds: 540_000,
  stopMilliseconds: 600_000,
  leaseMilliseconds: 15_000,
  renewMilliseconds: 5_000,
  inheritMilliseconds: 20_000,
  registrationMilliseconds: 30_000,
  maxClusters: 25,
};
