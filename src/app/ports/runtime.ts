/** The wall clock, as an argument. */
export interface Clock {
  /** Epoch milliseconds */
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

type LogKeys = Readonly<Record<string, string | number | boolean | undefined | readonly string[]>>;

/** Constant messages and identifiers; never a value, a manifest or a client's error. */
export interface Log {
  debug(message: string, keys?: LogKeys): void;
  info(message: string, keys?: LogKeys): void;
  warn(message: string, keys?: LogKeys): void;
  error(message: string, keys?: LogKeys): void;
}

/** What a figure is told apart by; never one per object: each set of values is a metric that is paid for. */
export type Dimensions = Readonly<Partial<Record<'cluster' | 'kind' | 'reason', string>>>;

export interface Metrics {
  count(name: string, dimensions: Dimensions, value?: number): void;
  milliseconds(name: string, dimensions: Dimensions, value: number): void;
}
