/** One line of the table. */
export interface Row {
  readonly figure: string;
  readonly measured: string;
  /** What design and reference say beside it. */
  readonly budget: string;
  /** Absent: there is nothing to hold it to. */
  readonly met?: boolean;
}

/** Measures something and cleans up after itself. */
export type Bench = () => Promise<readonly Row[]>;

export const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
