import { MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { Dimensions, Metrics } from '../../app/ports/runtime.ts';

/** Metrics that are gathered and written at the end of an invocation. */
export interface PublishedMetrics extends Metrics {
  publish(): void;
}

/** EMF lines by Powertools, one for each set of dimensions an invocation met. */
export const createMetrics = (): PublishedMetrics => {
  const bySet = new Map<string, Powertools>();
  const of = (dimensions: Dimensions): Powertools => {
    const key = JSON.stringify(Object.entries(dimensions).sort());
    const known = bySet.get(key) ?? makeSet(dimensions);
    bySet.set(key, known);
    return known;
  };
  return {
    count: (name, dimensions, value = 1) => of(dimensions).addMetric(name, MetricUnit.Count, value),
    milliseconds: (name, dimensions, value) => of(dimensions).addMetric(name, MetricUnit.Milliseconds, value),
    publish: () => {
      for (const set of bySet.values()) set.publishStoredMetrics();
      bySet.clear();
    },
  };
};

const makeSet = (dimensions: Dimensions): Powertools => {
  const set = new Powertools({ namespace: 'secretcast', serviceName: 'secretcast' });
  set.addDimensions({ ...dimensions });
  return set;
};
