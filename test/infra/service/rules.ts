import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { CHANGING_OPERATIONS } from '../../../src/events/cloudtrail-secret-event.ts';
import { READ_KINDS } from '../../../src/events/secret-change.ts';
import { matchesPattern } from '../../support/event-pattern.ts';
import { ACCOUNT, queueSamples } from '../../support/event-samples.ts';
import { resolveTemplate } from '../resolve-template.ts';
import type { Template } from './synthesise.ts';

const ruleSchema = z.object({
  EventPattern: z.optional(
    z.object({
      account: z.array(z.unknown()),
      source: z.array(z.string()),
      'detail-type': z.array(z.string()),
      detail: z.optional(z.looseObject({ eventName: z.optional(z.array(z.string())) })),
    }),
  ),
  EventBusName: z.optional(z.string()),
  Targets: z.array(z.object({ Arn: z.unknown(), DeadLetterConfig: z.optional(z.object({ Arn: z.unknown() })) })),
});

const busSchema = z.object({ Name: z.string(), Policy: z.optional(z.unknown()) });

/** The rules that wait for events of a resolved template. */
const rulesIn = (template: Template) =>
  Object.entries(resolveTemplate(template)).flatMap(([id, { Type, Properties }]) => {
    if (Type !== 'AWS::Events::Rule') return [];
    const { EventPattern: pattern, EventBusName: bus = 'default', Targets } = z.parse(ruleSchema, Properties);
    return pattern === undefined ? [] : [{ id, pattern, bus, Targets }];
  });

const busIn = (template: Template) => z.parse(busSchema, resolveTemplate(template)['EventBus']?.['Properties']);

const MEMBERS = ['999988887777', '555566667777'];

/** The service as it is deployed by default, with accounts that forward, and for an organisation. */
export interface Deploys {
  readonly plain: Template;
  readonly accounts: Template;
  readonly organization: Template;
}

export const WITH_ACCOUNTS = { memberAccounts: MEMBERS.join(','), memberOrganization: 'o-a1b2c3d4e5' };
export const WITH_ORGANIZATION = { memberOrganization: 'o-a1b2c3d4e5' };

/** Delivered although nothing follows: what tells them apart is not worth a pattern that might miss something. */
const DELIVERED_FOR_NOTHING = [
  'sm-api-put-secret-value-awspending-ignore',
  'ssm-parameter-store-policy-action-expiration-notification',
  'ssm-parameter-store-policy-action-no-change-notification',
];

export const describeRules = ({ plain, accounts, organization }: Deploys): void => {
  const all = rulesIn(plain);

  describe.each([
    ['default', { rules: all, account: ACCOUNT }],
    ['EventBus', { rules: rulesIn(accounts), account: MEMBERS[0] }],
  ])('on bus %s', (bus, { rules, account }) => {
    const deliveredOf = (event: object) =>
      rules.filter((rule) => rule.bus === bus).filter(({ pattern }) => matchesPattern(pattern, event));

    test.each(queueSamples)('the sample $name is delivered once if anything follows', ({ name, body, outcome }) => {
      const expected = 'keys' in outcome || DELIVERED_FOR_NOTHING.includes(name);

      expect(deliveredOf({ ...JSON.parse(body), account })).toHaveLength(expected ? 1 : 0);
    });

    test('nothing of an account that is not registered is delivered [EV2]', () => {
      const delivered = queueSamples.flatMap(({ body }) =>
        deliveredOf({ ...JSON.parse(body), account: '444455556666' }),
      );

      expect(delivered).toEqual([]);
    });
  });

  describe('the bus for other accounts', () => {
    test('is open to nobody before somebody is registered', () => {
      expect(busIn(plain)).toEqual({ Name: 'secretcast-dev' });
    });

    const statement = (principal: unknown) => ({
      Sid: 'RegisteredAccounts',
      Effect: 'Allow',
      Principal: principal,
      Action: 'events:PutEvents',
      Resource: 'arn:aws:events:eu-west-1:111122223333:event-bus/secretcast-dev',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
    });

    test('takes events of the accounts that are named, of the organisation only', () => {
      expect(busIn(accounts).Policy).toMatchObject({ Statement: [statement({ AWS: MEMBERS })] });
    });

    test('takes events of a whole organisation', () => {
      expect(busIn(organization).Policy).toMatchObject({ Statement: [statement('*')] });
    });

    test('has a rule for each that the default bus has, alike but for the account', () => {
      const shapes = (bus: string) =>
        all.filter((rule) => rule.bus === bus).map(({ pattern: { account: _, ...pattern } }) => pattern);

      expect(shapes('EventBus')).toEqual(shapes('default'));
    });
  });

  test('a pattern has room for forty accounts', () => {
    const members = Array.from({ length: 40 }, (_, number) => String(100_000_000_000 + number));
    const longest = all.map(({ pattern }) => JSON.stringify({ ...pattern, account: members }).length);

    expect(Math.max(...longest)).toBeLessThanOrEqual(2_048);
  });

  test('each kind of event that is read has a rule, and each rule a parser', () => {
    const kinds = all
      .filter(({ bus }) => bus === 'default')
      .flatMap(({ pattern }) =>
        pattern.source.flatMap((source) => pattern['detail-type'].map((type) => `${source} ${type}`)),
      );

    expect(kinds.sort()).toEqual([...READ_KINDS].sort());
  });

  test('the operations that are delivered are those that the parser takes for changes', () => {
    const delivered = all
      .filter(({ bus }) => bus === 'default')
      .flatMap(({ pattern }) => pattern.detail?.eventName ?? []);

    expect(delivered.sort()).toEqual([...CHANGING_OPERATIONS].sort());
  });

  describe.each(all)('$id', ({ pattern, Targets }) => {
    test('fits the size that EventBridge takes', () => {
      expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2_048);
    });

    test('sends to the queue, and what cannot be sent to its dead-letter queue', () => {
      expect(Targets).toEqual([
        {
          Arn: 'SecretChangesQueue.Arn',
          DeadLetterConfig: { Arn: 'SecretChangesDeadLetters.Arn' },
        },
      ]);
    });
  });
};
