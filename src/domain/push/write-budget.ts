/** How many versions a secret may get: see docs/decisions/0027-version-budget.md. */
export interface WriteBudget {
  /** Versions that may be made at once, when there were none for long. */
  readonly burst: number;
  /** Milliseconds in which one more may be made. */
  readonly refillMilliseconds: number;
}

/** One version in ten minutes is what AWS advises for the long run. */
export const DEFAULT_WRITE_BUDGET: WriteBudget = { burst: 20, refillMilliseconds: 600_000 };
