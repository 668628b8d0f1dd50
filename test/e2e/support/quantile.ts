/** Nearest-rank quantile; `share` between 0 and 1. NaN of nothing. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

/** `p50 120 ms, p99 300 ms (of 120)` */
export const describeLatencies = (milliseconds: readonly number[]): string =>
  `p50 ${quantile(milliseconds, 0.5)} ms, p99 ${quantile(milliseconds, 0.99)} ms (of ${milliseconds.length})`;
