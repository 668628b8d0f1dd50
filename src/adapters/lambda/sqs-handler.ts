import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Log } from '../../app/ports/runtime.ts';
import { describeFailure } from '../../events/malformed-message.ts';
import { publishMetrics } from './publish-metrics.ts';

interface SqsHandlerOptions {
  readonly log: Log;
  readonly metrics: { publish(): void };
}

/** Time a function keeps to answer with what it has before Lambda ends it. */
const ANSWER_MILLISECONDS = 500;

/**
 * Handles each message by itself. Only malformed messages and bugs are reported back, for the queue to repeat and, in
 * the end, to move to its dead-letter queue; what fails on an object is the object's own news.
 */
export const sqsHandler = (
  { log, metrics }: SqsHandlerOptions,
  handle: (body: string, signal: AbortSignal) => Promise<void>,
) =>
  middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: ANSWER_MILLISECONDS })
    .use(publishMetrics(metrics))
    .handler(async ({ Records }, _, { signal }) => {
      const failures = await Promise.all(
        Records.map(async ({ body, messageId }) => {
          try {
            await handle(body, signal);
            return [];
          } catch (error) {
            log.error('message failed', { messageId, ...describeFailure(error) });
            return [{ itemIdentifier: messageId }];
          }
        }),
      );
      return { batchItemFailures: failures.flat() };
    });
