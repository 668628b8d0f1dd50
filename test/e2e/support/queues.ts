import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalStack } from '../../../local/stack.ts';

type Queue = 'SecretChanges' | 'Reconcile';

/** The work queues, as somebody with rights to them would use them. */
export interface Queues {
  /** Puts any text into a queue. */
  readonly send: (queue: Queue, body: string) => Promise<void>;
  /** How soon a message that was not handled comes again, in seconds; deployed it is minutes. */
  readonly repeatAfter: (queue: Queue, seconds: number) => Promise<void>;
  readonly close: () => void;
}

export const openQueues = ({ aws, service }: Pick<LocalStack, 'aws' | 'service'>): Queues => {
  const { endpoint, region, credentials } = aws;
  const sqs = new SQSClient({ endpoint, region, credentials });
  const urlOf = (queue: Queue): string => service.outputs[`${queue}QueueUrl`] ?? '';
  return {
    send: async (queue, MessageBody) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody }));
    },
    repeatAfter: async (queue, seconds) => {
      const Attributes = { VisibilityTimeout: String(seconds) };
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl: urlOf(queue), Attributes }));
    },
    close: () => sqs.destroy(),
  };
};
