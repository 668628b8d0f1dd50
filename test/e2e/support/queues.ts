import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { LocalStack } from '../../../local/stack.ts';

export const QUEUES = ['SecretChanges', 'Reconcile', 'Push'] as const;

type Queue = (typeof QUEUES)[number];

/** The work queues, as somebody with rights to them would use them. */
export interface Queues {
  /** Puts any text into a queue. */
  readonly send: (queue: Queue, body: string) => Promise<void>;
  /** How soon a message that was not handled comes again, in seconds; deployed it is minutes. */
  readonly repeatAfter: (queue: Queue, seconds: number) => Promise<void>;
  /** Whether the queue's function gets its messages. Held, they stay where they are. */
  readonly deliver: (queue: Queue, delivers: boolean) => Promise<void>;
  /** Bodies of up to ten messages that wait; they go on waiting. */
  readonly peek: (queue: Queue) => Promise<readonly string[]>;
  /** Takes every message out, those that somebody works on too. */
  readonly purge: (queue: Queue) => Promise<void>;
  readonly close: () => void;
}

export const openQueues = ({ aws, service }: Pick<LocalStack, 'aws' | 'service'>): Queues => {
  const { endpoint, region, credentials } = aws;
  const sqs = new SQSClient({ endpoint, region, credentials });
  const lambda = new LambdaClient({ endpoint, region, credentials });
  const urlOf = (queue: Queue): string => service.outputs[`${queue}QueueUrl`] ?? '';
  return {
    send: async (queue, MessageBody) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody }));
    },
    repeatAfter: async (queue, seconds) => {
      const Attributes = { VisibilityTimeout: String(seconds) };
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl: urlOf(queue), Attributes }));
    },
    deliver: async (queue, Enabled) => {
      const ofArn = { QueueUrl: urlOf(queue), AttributeNames: ['QueueArn' as const] };
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand(ofArn));
      const ofQueue = new ListEventSourceMappingsCommand({ EventSourceArn: Attributes?.QueueArn });
      const { EventSourceMappings = [] } = await lambda.send(ofQueue);
      for (const { UUID } of EventSourceMappings)
        await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    },
    peek: async (queue) => {
      const command = new ReceiveMessageCommand({
        QueueUrl: urlOf(queue),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
      });
      const { Messages = [] } = await sqs.send(command);
      return Messages.map(({ Body = '' }) => Body);
    },
    purge: async (queue) => {
      await sqs.send(new PurgeQueueCommand({ QueueUrl: urlOf(queue) }));
    },
    close: () => {
      sqs.destroy();
      lambda.destroy();
    },
  };
};
