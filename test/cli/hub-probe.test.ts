import { DescribeAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createHubProbe } from '../../cli/aws/hub-probe.ts';

const place = { region: 'eu-west-1' };
const [events, sqs, sts, eks] = [
  mockClient(EventBridgeClient),
  mockClient(SQSClient),
  mockClient(STSClient),
  mockClient(EKSClient),
];
const probe = createHubProbe({
  events: new EventBridgeClient(place),
  sqs: new SQSClient(place),
  sts: new STSClient(place),
  eksIn: (region) => new EKSClient({ region }),
});
beforeEach(() => {
  for (const api of [events, sqs, sts, eks]) api.reset();
});

const CLUSTER = { eksName: 'blue', region: 'us-east-1' };
const failure = (name: string): Error => Object.assign(new Error('no'), { name });

test('who looks is the caller', async () => {
  sts.on(GetCallerIdentityCommand).resolves({ Arn: 'arn:aws:iam::1:user/you', Account: '1' });

  expect(await probe.whoAmI()).toEqual({ arn: 'arn:aws:iam::1:user/you', account: '1' });
});

test('a rule is told with its state and targets, on the bus that was named', async () => {
  events.on(DescribeRuleCommand, { Name: 'r', EventBusName: 'hub' }).resolves({ State: 'DISABLED' });
  events
    .on(ListTargetsByRuleCommand, { Rule: 'r', EventBusName: 'hub' })
    .resolves({ Targets: [{ Id: 'q', Arn: 'arn:q' }] });

  expect(await probe.rule('r', 'hub')).toEqual({ isEnabled: false, targets: ['arn:q'] });
});

test('a queue is told by what waits in it', async () => {
  sqs.on(GetQueueUrlCommand, { QueueName: 'q' }).resolves({ QueueUrl: 'u' });
  sqs.on(GetQueueAttributesCommand, { QueueUrl: 'u' }).resolves({ Attributes: { ApproximateNumberOfMessages: '7' } });

  expect(await probe.waiting('q')).toBe(7);
});

test('an access entry is told by its groups', async () => {
  eks
    .on(DescribeAccessEntryCommand, { clusterName: 'blue', principalArn: 'p' })
    .resolves({ accessEntry: { kubernetesGroups: ['secretcast'] } });

  expect(await probe.accessEntry(CLUSTER, 'p')).toEqual(['secretcast']);
});

describe.each([
  ['is not there', 'ResourceNotFoundException', undefined],
  ['may not be looked at', 'AccessDeniedException', 'denied'],
])('what %s', (_, name, expected) => {
  test(`is told from a failure, by ${name}`, async () => {
    events.onAnyCommand().rejects(failure(name));
    sqs.onAnyCommand().rejects(failure(name));
    eks.onAnyCommand().rejects(failure(name));

    expect(await probe.rule('r')).toBe(expected);
    expect(await probe.waiting('q')).toBe(expected);
    expect(await probe.accessEntry(CLUSTER, 'p')).toBe(expected);
  });
});

test('any other failure is one', async () => {
  events.onAnyCommand().rejects(failure('InternalException'));

  await expect(probe.rule('r')).rejects.toThrow('no');
});
