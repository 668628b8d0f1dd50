/** Nearest rank: of 36 figures the 99th percentile is the largest. */
export const percentile = (figures: readonly number[], rank: number): number => {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? Number.NaN;
};

/** `36 rotations: p50 120 ms, p99 180 ms` */
export const describeFigures = (what: string, figures: readonly number[]): string =>
  `${figures.length} ${what}: p50 ${Math.round(percentile(figures, 50))} ms, p99 ${Math.round(percentile(figures, 99))} ms`;
