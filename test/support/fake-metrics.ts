import type { Metrics } from '../../src/app/ports/runtime.ts';

export interface MetricPoint {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly unit: 'count' | 'milliseconds';
}

export interface FakeMetrics extends Metrics {
  readonly points: readonly MetricPoint[];
  /** Sum of a counter over all points whose dimensions include these. */
  total(name: string, dimensions?: Readonly<Record<string, string>>): number;
}

const includes = (point: MetricPoint, dimensions: Readonly<Record<string, string>>): boolean =>
  Object.entries(dimensions).every(([key, value]) => point.dimensions[key] === value);

/** Keeps what is measured. */
export const createFakeMetrics = (): FakeMetrics => {
  const points: MetricPoint[] = [];
  return {
    points,
    total: (name, dimensions = {}) =>
      points
        .filter((point) => point.name === name && includes(point, dimensions))
        .reduce((sum, { value }) => sum + value, 0),
    count: (name, dimensions, value = 1) => {
      points.push({ name, dimensions: { ...dimensions }, value, unit: 'count' });
    },
    milliseconds: (name, dimensions, value) => {
      points.push({ name, dimensions: { ...dimensions }, value, unit: 'milliseconds' });
    },
  };
};
