import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { publishMetrics } from '../src/adapters/lambda/publish-metrics.ts';
import { stopEarly } from '../src/adapters/lambda/stop-early.ts';
import { composeWatchClusters } from '../src/compose/watch-clusters.ts';
import { loadConfig } from '../src/config.ts';

const { watchClusters, metrics } = composeWatchClusters(loadConfig(process.env));

/** Time kept to send what was gathered and to give the leases back before Lambda ends the function. */
const STOP_MILLISECONDS = 10_000;

/** Each minute: takes clusters nobody watches and watches them until its time is over. */
export const handler = middy<ScheduledEvent, void>(stopEarly(STOP_MILLISECONDS))
  .use(publishMetrics(metrics))
  .handler((_, __, { signal }) => watchClusters(signal));
