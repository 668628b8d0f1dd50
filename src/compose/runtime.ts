import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createTables } from '../adapters/dynamodb/create-tables.ts';
import { createLog } from '../adapters/powertools/log.ts';
import { createMetrics } from '../adapters/powertools/metrics.ts';
import { createSqsMessages } from '../adapters/sqs/messages.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { Config } from '../config.ts';

/** What every function has: table, queues, clock, log and metrics. */
export const composeRuntime = (config: Config, functionName: string) => {
  const { region, tableName, reconcileQueueUrl, pushQueueUrl } = config;
  const client = new DynamoDBClient({ region });
  const messages = createSqsMessages(new SQSClient({ region }), {
    queueUrls: { reconcile: reconcileQueueUrl, push: pushQueueUrl },
    clock: systemClock,
  });
  const { clusters, ...tables } = createTables({ client, tableName, clock: systemClock });
  return {
    ...tables,
    registry: clusters,
    messages,
    clock: systemClock,
    log: createLog(functionName),
    metrics: createMetrics(),
    traceId: randomUUID,
    random: Math.random,
  };
};

export type Runtime = ReturnType<typeof composeRuntime>;
