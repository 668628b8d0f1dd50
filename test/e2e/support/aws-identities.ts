import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { LocalAws } from '../../../local/aws/start-local-aws.ts';
import type { Identity } from '../../contract/secret-reader.ts';

/** Whoever the hub is once it has assumed the role. */
export const identity = ({ accountId, region }: LocalAws, role: string): Identity => ({
  plan: {
    region,
    base: { type: 'default-role', roleArn: `arn:aws:iam::${accountId}:role/${role}`, sessionTags: [] },
    hops: [],
    retry: { maxAttempts: 3 },
  },
});

/** A role that the hub's account may assume, and that may do `actions`. */
export const createRole = async (aws: LocalAws, RoleName: string, actions: readonly string[]): Promise<void> => {
  const { endpoint, region, credentials, accountId } = aws;
  const client = new IAMClient({ endpoint, region, credentials });
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:AssumeRole' };
  await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(trust) }));
  const PolicyDocument = policy({ Effect: 'Allow', Action: actions, Resource: '*' });
  if (actions.length > 0) await client.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
  client.destroy();
};

const policy = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

export const toTags = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
