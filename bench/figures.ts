export interface Figure {
  readonly what: string;
  /** With its unit. */
  readonly figure: string;
  readonly budget?: string;
  readonly met?: boolean;
  /** Told when the budget is not met: what is known to stand in the way. */
  readonly why?: string;
}

/** Figures are printed as they are measured. They are no tests: on another machine they are others. */
export interface Bench {
  readonly about: string;
  measure(): AsyncIterable<Figure>;
}

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(2)} MB`;

export const milliseconds = (time: number): string => `${time.toFixed(time < 10 ? 2 : 0)} ms`;

export const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

/** The middle one. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const WARM_UP_MILLISECONDS = 1_000;
const MEASURED_MILLISECONDS = 2_000;

/** How often a second something can be done, one after the other, once it is warm. */
export const perSecond = async (act: () => unknown): Promise<number> => {
  await repeatFor(WARM_UP_MILLISECONDS, act);
  return repeatFor(MEASURED_MILLISECONDS, act);
};

const repeatFor = async (time: number, act: () => unknown): Promise<number> => {
  const startedAt = performance.now();
  let count = 0;
  let elapsed = 0;
  for (; elapsed < time; elapsed = performance.now() - startedAt) {
    await act();
    count += 1;
  }
  return (count * 1_000) / elapsed;
};
