import { DescribeAccessEntryCommand, type EKSClient } from '@aws-sdk/client-eks';
import { DescribeRuleCommand, type EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Denied, HubProbe } from '../../src/app/ports/doctor.ts';

export interface HubProbeClients {
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
  readonly eksIn: (region: string) => EKSClient;
}

/** Looks at the hub as whoever runs the command. */
export const createHubProbe = ({ events, sqs, sts, eksIn }: HubProbeClients): HubProbe => ({
  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
  whoAmI: async () => {
    const { Arn = '', Account = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { arn: Arn, account: Account };
  },

  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
  rule: (Name, bus) =>
    lookedAt(async () => {
      const place = bus === undefined ? {} : { EventBusName: bus };
      const { State } = await events.send(new DescribeRuleCommand({ Name, ...place }));
      const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name, ...place }));
      return { isEnabled: State !== 'DISABLED', targets: Targets.flatMap(({ Arn }) => Arn ?? []) };
    }),

  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
  waiting: (QueueName) =>
    lookedAt(async () => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
      const AttributeNames = ['ApproximateNumberOfMessages' as const];
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      return Number(Attributes['ApproximateNumberOfMessages'] ?? 0);
    }),

  /** https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAccessEntry.html */
  accessEntry: async ({ eksName, region }, principalArn) => {
    const eks = eksIn(region);
    try {
      return await lookedAt(async () => {
        const { accessEntry } = await eks.send(new DescribeAccessEntryCommand({ clusterName: eksName, principalArn }));
        return accessEntry?.kubernetesGroups ?? [];
      });
    } finally {
      eks.destroy();
    }
  },
});

const ABSENT: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
]);
const DENIED: ReadonlySet<string> = new Set(['AccessDenied', 'AccessDeniedException', 'NotAuthorized']);

const lookedAt = async <T>(look: () => Promise<T>): Promise<T | undefined | Denied> => {
  try {
    return await look();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (ABSENT.has(name)) return undefined;
    if (DENIED.has(name)) return 'denied';
    throw error;
  }
};
