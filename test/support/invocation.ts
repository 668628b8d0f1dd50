import { jest } from '@jest/globals';
import type { Context, ScheduledEvent, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { readSample } from './event-samples.ts';

/** What Lambda hands over beside the event; an hour of time unless a test is about time. */
export const invocation = (remainingMilliseconds = 3_600_000): Context => {
  const endsAt = Date.now() + remainingMilliseconds;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'secretcast-test',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:444455556666:function:secretcast-test',
    memoryLimitInMB: '512',
    awsRequestId: 'request-1',
    logGroupName: '/aws/lambda/secretcast-test',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
};

/** A batch; messages are called m-0, m-1, … */
export const batchOf = (...bodies: readonly string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({
    messageId: `m-${index}`,
    receiptHandle: 'receipt',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'events.amazonaws.com',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:444455556666:queue',
    awsRegion: 'eu-west-1',
  })),
});

/** What EventBridge hands over each minute. */
export const scheduled: ScheduledEvent = JSON.parse(readSample('eventbridge-scheduled-rule-event'));

export const failuresOf = (...messageIds: readonly string[]) => ({
  batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })),
});

const line = z.record(z.string(), z.unknown());
const emfSchema = z.object({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
      }),
    ),
  }),
});

export interface Output {
  /** All of it, to be searched for what must not be there. */
  text(): string;
  /** Log lines. */
  logs(): readonly Readonly<Record<string, unknown>>[];
  /** Metrics: namespace, sorted dimensions and name of each; with the figures as written. */
  metrics(): readonly { readonly name: string; readonly dimensions: string; readonly line: z.infer<typeof line> }[];
}

/** Collects what is written from now on. */
export const captureOutput = (): Output => {
  const written: string[] = [];
  const write = (chunk: string | Uint8Array): boolean => written.push(chunk.toString()) > 0;
  jest.spyOn(process.stdout, 'write').mockImplementation(write);
  jest.spyOn(process.stderr, 'write').mockImplementation(write);
  const text = () => written.join('');
  const lines = () =>
    text()
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => z.parse(line, JSON.parse(each)));
  return {
    text,
    logs: () => lines().filter((each) => !('_aws' in each)),
    metrics: () =>
      lines().flatMap((each) => {
        if (!('_aws' in each)) return [];
        return z.parse(emfSchema, each)._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
          Metrics.map(({ Name }) => ({
            name: `${Namespace} ${Name}`,
            dimensions: Dimensions.flat().sort().join(' '),
            line: each,
          })),
        );
      }),
  };
};
