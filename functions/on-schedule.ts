import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { publishMetrics } from '../src/adapters/lambda/publish-metrics.ts';
import { composeOnSchedule } from '../src/compose/on-schedule.ts';
import { loadConfig } from '../src/config.ts';

const { findDue, metrics } = composeOnSchedule(loadConfig(process.env));

/** Each minute: objects that come due -> messages. */
export const handler = middy<ScheduledEvent, void>({ timeoutEarlyInMillis: 500 })
  .use(publishMetrics(metrics))
  .handler((_, __, { signal }) => findDue(signal));
