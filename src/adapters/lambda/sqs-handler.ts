import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../app/ports/runtime.ts';
import { describeFailure } from '../../events/malformed-message.ts';
import { publishMetrics } from './publish-metrics.ts';
import { stopEarly } from './stop-early.ts';

interface SqsHandlerOptions {
  readonly log: Log;
  readonly metrics: { publish(): void };
}

/** `again`: the queue has delivered this message before, and never heard that it was done. */
type HandleMessage = (
  message: { readonly body: string; readonly again: boolean },
  signal: AbortSignal,
) => Promise<void>;

/** Time a function keeps to answer with what it has before Lambda ends it. */
const ANSWER_MILLISECONDS = 500;

/**
 * Handles each message by itself. Only malformed messages, bugs, and what time ran out for are reported back, for the
 * queue to repeat and, in the end, to move to its dead-letter queue; what fails on an object is the object's own news.
 */
export const sqsHandler = ({ log, metrics }: SqsHandlerOptions, handle: HandleMessage) =>
  middy<SQSEvent, SQSBatchResponse>(stopEarly(ANSWER_MILLISECONDS))
    .use(publishMetrics(metrics))
    .handler(async ({ Records }, _, { signal }) => {
      const timeIsUp = whenAborted(signal);
      const isDone = async ({ body, messageId, attributes }: SQSRecord): Promise<boolean> => {
        try {
          const again = Number(attributes.ApproximateReceiveCount) > 1;
          const done = await Promise.race([handle({ body, again }, signal).then(() => true), timeIsUp]);
          if (!done) log.warn('message unfinished', { messageId });
          return done;
        } catch (error) {
          log.error('message failed', { messageId, ...describeFailure(error) });
          return false;
        }
      };
      const done = await Promise.all(Records.map(isDone));
      const notDone = Records.filter((_record, index) => done[index] !== true);
      return { batchItemFailures: notDone.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });

/** False, once the signal aborts; a call that does not heed it must not keep the others' answer. */
const whenAborted = (signal: AbortSignal): Promise<false> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true }));
