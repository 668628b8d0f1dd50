import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { functionsOf } from './functions.ts';
import { oneOrMore, pointsTo, resourcesOf, type Template } from './synthesise.ts';

const queueSchema = z.object({
  QueueName: z.string(),
  VisibilityTimeout: z.optional(z.number()),
  MessageRetentionPeriod: z.number(),
  RedrivePolicy: z.optional(z.object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.number() })),
});

const mappingSchema = z.object({
  EventSourceArn: z.unknown(),
  FunctionName: z.unknown(),
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.optional(z.number()),
  FunctionResponseTypes: z.array(z.string()),
  ScalingConfig: z.optional(z.object({ MaximumConcurrency: z.number() })),
});

const policySchema = z.object({
  Queues: z.array(z.unknown()),
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.string(),
        Principal: z.unknown(),
        Action: z.unknown(),
        Resource: oneOrMore(z.unknown()),
        Condition: z.object({ ArnEquals: z.object({ 'aws:SourceArn': oneOrMore(z.unknown()) }) }),
      }),
    ),
  }),
});

export const queuesOf = (template: Template) => resourcesOf(template, 'AWS::SQS::Queue', queueSchema);

/** Every queue that feeds a function, with that function's timeout. */
const feeds = (template: Template) => {
  const queues = new Map(queuesOf(template).map(({ id, properties }) => [id, properties]));
  const functions = new Map(functionsOf(template).map(({ id, properties }) => [id, properties]));
  return resourcesOf(template, 'AWS::Lambda::EventSourceMapping', mappingSchema).map(({ properties: mapping }) => {
    const name = pointsTo(mapping.EventSourceArn);
    const queue = queues.get(name);
    const deadLetters = queues.get(pointsTo(queue?.RedrivePolicy?.deadLetterTargetArn));
    return { name, mapping, queue, deadLetters, timeout: functions.get(pointsTo(mapping.FunctionName))?.Timeout };
  });
};

export const describeQueues = (template: Template): void => {
  test('three queues feed functions', () => {
    expect(
      feeds(template)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['PushQueue', 'ReconcileQueue', 'SecretChangesQueue']);
  });

  describe.each(feeds(template))('$name', ({ queue, deadLetters, mapping, timeout }) => {
    test('gives a message up to its dead-letter queue, after five deliveries at the earliest', () => {
      expect(deadLetters).toBeDefined();
      expect(queue?.RedrivePolicy?.maxReceiveCount).toBeGreaterThanOrEqual(5);
    });

    test('keeps dead letters longer than letters', () => {
      expect(deadLetters?.MessageRetentionPeriod).toBeGreaterThan(queue?.MessageRetentionPeriod ?? Number.NaN);
    });

    test("hides a message for six times its function's timeout", () => {
      expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * (timeout ?? Number.NaN));
    });

    test('is told which messages of a batch failed', () => {
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    });

    test('is read at once, in batches that need no window', () => {
      expect(mapping.MaximumBatchingWindowInSeconds ?? 0).toBe(0);
      expect(mapping.BatchSize).toBeLessThanOrEqual(10);
    });

    test('asks for a concurrency that Lambda offers', () => {
      const concurrency = mapping.ScalingConfig?.MaximumConcurrency ?? 2;

      expect(concurrency).toBeGreaterThanOrEqual(2);
      expect(concurrency).toBeLessThanOrEqual(1_000);
    });
  });

  test('only our own rules may put events into the queue and its dead-letter queue', () => {
    const policies = resourcesOf(template, 'AWS::SQS::QueuePolicy', policySchema);
    const patternRules = ['ParameterRule', 'SecretApiRule', 'SecretLabelRule'].flatMap((id) => [id, `Forwarded${id}`]);

    expect(policies).toHaveLength(1);
    for (const { Effect, Principal, Action, Resource, Condition } of policies[0]?.properties.PolicyDocument.Statement ??
      []) {
      expect({ Effect, Principal, Action }).toEqual({
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
      });
      expect(Resource.map(pointsTo)).toEqual(['SecretChangesQueue', 'SecretChangesDeadLetters']);
      expect(Condition.ArnEquals['aws:SourceArn'].map(pointsTo).sort()).toEqual(patternRules.sort());
    }
  });
};
