import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { readLogs } from '../../../local/aws/read-logs.ts';
import type { LocalAws } from '../../../local/aws/start-local-aws.ts';
import type { LocalStack } from '../../../local/stack.ts';
import { createTables, type Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { QUEUES } from './queues.ts';

export interface QueueDepth {
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** What is inside the deployed service, seen from outside as the root of its account. */
export interface Service {
  readonly tables: Tables;
  /** Every item of the table, as DynamoDB's JSON: what a canary searches. */
  readonly tableDump: () => Promise<readonly object[]>;
  /** Messages in all work queues together. */
  readonly queueDepth: () => Promise<QueueDepth>;
  /** Bodies of the messages nobody could handle. They stay. */
  readonly deadLetters: () => Promise<readonly string[]>;
  /** What the functions printed, by log group; an invocation's lines are there when it has ended. */
  readonly logs: () => Promise<Readonly<Record<string, string>>>;
  readonly close: () => void;
}

export const openService = ({ aws, service }: LocalStack): Service => {
  const { endpoint, region, credentials } = aws;
  const dynamodb = new DynamoDBClient({ endpoint, region, credentials });
  const sqs = new SQSClient({ endpoint, region, credentials });
  const tableName = tableOf(service.resources);
  const urls = (suffix: string) => QUEUES.map((name) => service.outputs[`${name}${suffix}`] ?? '');
  return {
    tables: createTables({ client: dynamodb, tableName, clock: systemClock }),
    tableDump: async () => {
      const items: object[] = [];
      for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: tableName }))
        items.push(...Items);
      return items;
    },
    queueDepth: async () => {
      const depths = await Promise.all(urls('QueueUrl').map((url) => depthOf(sqs, url)));
      return depths.reduce(add, { waiting: 0, inFlight: 0, delayed: 0 });
    },
    deadLetters: async () => (await Promise.all(urls('DeadLettersUrl').map((url) => bodiesIn(sqs, url)))).flat(),
    logs: () => readLogs(aws),
    close: () => {
      dynamodb.destroy();
      sqs.destroy();
    },
  };
};

const tableOf = (resources: LocalStack['service']['resources']): string => {
  const name = resources['Table'];
  if (name === undefined) throw new Error('the deployed stack has no table');
  return name;
};

const depthOf = async (sqs: SQSClient, QueueUrl: string): Promise<QueueDepth> => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  const { Attributes = {} } = await sqs.send(command);
  return {
    waiting: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    delayed: Number(Attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
  };
};

const add = (a: QueueDepth, b: QueueDepth): QueueDepth => ({
  waiting: a.waiting + b.waiting,
  inFlight: a.inFlight + b.inFlight,
  delayed: a.delayed + b.delayed,
});

const bodiesIn = async (sqs: SQSClient, QueueUrl: string): Promise<readonly string[]> => {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
  const { Messages = [] } = await sqs.send(command);
  return Messages.map(({ Body = '' }) => Body);
};

/** What tests need of `LocalAws` without its life cycle. */
export type AwsLevers = Pick<LocalAws, 'faults' | 'events' | 'calls' | 'clearCalls'>;
