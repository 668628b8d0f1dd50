import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { CHANGING_OPERATIONS } from '../../../src/events/cloudtrail-secret-event.ts';
import { READ_KINDS } from '../../../src/events/secret-change.ts';
import { matchesPattern } from '../../support/event-pattern.ts';
import { queueSamples } from '../../support/event-samples.ts';
import { pointsTo, resourcesOf, type Template } from './synthesise.ts';

const ruleSchema = z.object({
  EventPattern: z.optional(
    z.object({
      source: z.array(z.string()),
      'detail-type': z.array(z.string()),
      detail: z.optional(z.looseObject({ eventName: z.optional(z.array(z.string())) })),
    }),
  ),
  EventBusName: z.optional(z.unknown()),
  Targets: z.array(z.object({ Arn: z.unknown(), DeadLetterConfig: z.optional(z.object({ Arn: z.unknown() })) })),
});

/** Delivered although nothing follows: what tells them apart is not worth a pattern that might miss something. */
const DELIVERED_FOR_NOTHING = [
  'sm-api-put-secret-value-awspending-ignore',
  'ssm-parameter-store-policy-action-expiration-notification',
  'ssm-parameter-store-policy-action-no-change-notification',
];

export const describeRules = (template: Template): void => {
  const rules = resourcesOf(template, 'AWS::Events::Rule', ruleSchema).flatMap(({ id, properties }) =>
    properties.EventPattern === undefined ? [] : [{ id, ...properties, pattern: properties.EventPattern }],
  );

  test.each(queueSamples)(
    'the sample $name is delivered once if anything follows from it',
    ({ name, body, outcome }) => {
      const event: unknown = JSON.parse(body);
      const delivered = rules.filter(({ pattern }) => matchesPattern(pattern, event));
      const expected = 'keys' in outcome || DELIVERED_FOR_NOTHING.includes(name);

      expect(delivered).toHaveLength(expected ? 1 : 0);
    },
  );

  test('each kind of event that is read has a rule, and each rule a parser', () => {
    const kinds = rules.flatMap(({ pattern }) =>
      pattern.source.flatMap((source) => pattern['detail-type'].map((type) => `${source} ${type}`)),
    );

    expect(kinds.sort()).toEqual([...READ_KINDS].sort());
  });

  test('the operations that are delivered are those that the parser takes for changes', () => {
    const delivered = rules.flatMap(({ pattern }) => pattern.detail?.eventName ?? []);

    expect(delivered.sort()).toEqual([...CHANGING_OPERATIONS].sort());
  });

  describe.each(rules)('$id', ({ pattern, Targets, EventBusName }) => {
    test('fits the size that EventBridge takes', () => {
      expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2_048);
    });

    test('listens on the default bus, the only one that AWS services use', () => {
      expect(EventBusName).toBeUndefined();
    });

    test('sends to the queue, and what cannot be sent to its dead-letter queue', () => {
      expect(Targets.map(({ Arn, DeadLetterConfig }) => [pointsTo(Arn), pointsTo(DeadLetterConfig?.Arn)])).toEqual([
        ['SecretChangesQueue', 'SecretChangesDeadLetters'],
      ]);
    });
  });
};
