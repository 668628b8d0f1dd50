import {
  type BatchResultErrorEntry,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Messages } from '../../app/ports/messages.ts';
import type { Clock } from '../../app/ports/runtime.ts';
import { queueOf, type ReconcileRequest, type WorkQueue } from '../../domain/message.ts';
import { toDueCheckBody } from '../../events/due-check.ts';
import { toReconcileBody } from '../../events/reconcile-request.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MAX_BATCH_ENTRIES = 10;
/** All bodies of one call together. */
const MAX_BATCH_BYTES = 256 * 1024;
const MAX_DELAY_SECONDS = 900;
/** Calls for entries that the queue did not take although nothing is wrong with them. */
const MAX_TRIES = 3;
/** Milliseconds, times the number of tries made. */
const TRY_AGAIN_AFTER = 100;
/** Milliseconds for one call with all the client's own attempts. */
const SEND_DEADLINE = 10_000;

/** Some messages are not in the queue. Whoever sent them sends all of them again: twice is once. */
export class MessagesNotSentError extends Error {
  override readonly name = 'MessagesNotSentError';
}

export interface SqsMessagesOptions {
  readonly queueUrls: Readonly<Record<WorkQueue, string>>;
  readonly clock: Pick<Clock, 'sleep'>;
}

interface Batch {
  readonly queueUrl: string;
  readonly entries: readonly SendMessageBatchRequestEntry[];
}

/** Sends by batches, each object's request to the queue of its kind. A delay beyond SQS's 15 minutes becomes 15 minutes: the message then comes early, which is harmless. */
export const createSqsMessages = (client: SQSClient, { queueUrls, clock }: SqsMessagesOptions): Messages => {
  const sendOnce = async ({ queueUrl, entries }: Batch): Promise<readonly BatchResultErrorEntry[]> => {
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] });
    try {
      return (await client.send(command, { abortSignal: AbortSignal.timeout(SEND_DEADLINE) })).Failed ?? [];
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      throw new MessagesNotSentError(`sending ${entries.length} messages failed: ${name}`);
    }
  };

  const sendBatch = async ({ queueUrl, entries: all }: Batch): Promise<void> => {
    let entries = all;
    for (let tries = 1; ; tries += 1) {
      const failed = await sendOnce({ queueUrl, entries });
      if (failed.length === 0) return;
      if (tries === MAX_TRIES || failed.some(({ SenderFault }) => SenderFault === true)) throw notSent(failed, entries);
      entries = entries.filter(({ Id }) => failed.some((failure) => failure.Id === Id));
      await clock.sleep(TRY_AGAIN_AFTER * tries);
    }
  };

  const sendAll = async (queue: WorkQueue, bodies: readonly string[], delaySeconds: number): Promise<void> => {
    const messages = bodies.map((MessageBody, index) => ({
      Id: String(index),
      MessageBody,
      ...(delaySeconds > 0 ? { DelaySeconds: Math.min(Math.ceil(delaySeconds), MAX_DELAY_SECONDS) } : {}),
    }));
    for (const entries of toBatches(messages)) await sendBatch({ queueUrl: queueUrls[queue], entries });
  };

  return {
    send: async (requests, delaySeconds = 0) => {
      for (const queue of ['reconcile', 'push'] as const)
        await sendAll(queue, requests.flatMap(partFor(queue)).map(toReconcileBody), delaySeconds);
    },
    sendChecks: (checks) => sendAll('reconcile', checks.map(toDueCheckBody), 0),
  };
};

/** What of a request is for one queue. */
const partFor =
  (queue: WorkQueue) =>
  (request: ReconcileRequest): readonly ReconcileRequest[] => {
    const objects = request.objects.filter(({ kind }) => queueOf(kind) === queue);
    return objects.length === 0 ? [] : [{ ...request, objects }];
  };

const toBatches = (
  entries: readonly (SendMessageBatchRequestEntry & { readonly MessageBody: string })[],
): readonly (readonly SendMessageBatchRequestEntry[])[] => {
  const batches: SendMessageBatchRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody);
    const batch = batches.at(-1);
    if (batch !== undefined && batch.length < MAX_BATCH_ENTRIES && bytes + size <= MAX_BATCH_BYTES) {
      batch.push(entry);
      bytes += size;
    } else {
      batches.push([entry]);
      bytes = size;
    }
  }
  return batches;
};

const notSent = (
  failed: readonly BatchResultErrorEntry[],
  entries: readonly SendMessageBatchRequestEntry[],
): MessagesNotSentError => {
  const codes = new Set(failed.map(({ Code = 'unknown' }) => Code));
  return new MessagesNotSentError(
    `the queue refused ${failed.length} of ${entries.length} messages: ${[...codes].join(', ')}`,
  );
};
