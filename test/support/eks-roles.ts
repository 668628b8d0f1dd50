import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { LocalAws } from '../../local/aws/start-local-aws.ts';
import type { Credentials } from '../../src/domain/identity-plan.ts';

export const HUB = '111122223333';
export const CLUSTERS = '444455556666';
export const HUB_ROLE = `arn:aws:iam::${HUB}:role/hub/secretcast-reconcile`;
const SESSION_NAME = 'secretcast-reconcile';

const allow = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }] });
const trusting = (principal: string): string => allow({ Principal: { AWS: principal } });

/** The hub's role, and roles in the clusters' account which trust it and which it may assume. */
export const makeEksRoles = async (aws: LocalAws, names: readonly string[]): Promise<void> => {
  const { endpoint, region } = aws;
  const [hub, clusters] = [HUB, CLUSTERS].map(
    (account) => new IAMClient({ region, endpoint, credentials: aws.rootOf(account) }),
  );
  const RoleName = HUB_ROLE.replace(/.*\//, '');
  const AssumeRolePolicyDocument = trusting(`arn:aws:iam::${HUB}:root`);
  await hub?.send(new CreateRoleCommand({ RoleName, Path: '/hub/', AssumeRolePolicyDocument }));
  const PolicyDocument = allow({ Resource: `arn:aws:iam::${CLUSTERS}:role/*` });
  await hub?.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'assume', PolicyDocument }));
  for (const name of names)
    await clusters?.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trusting(HUB_ROLE) }));
  hub?.destroy();
  clusters?.destroy();
};

/** A session of the hub's role, as Lambda gives it to a function. */
export const becomeHub = async ({ endpoint, region, credentials }: LocalAws): Promise<Required<Credentials>> => {
  const sts = new STSClient({ region, endpoint, credentials });
  const command = new AssumeRoleCommand({ RoleArn: HUB_ROLE, RoleSessionName: SESSION_NAME });
  const { AccessKeyId, SecretAccessKey, SessionToken } = (await sts.send(command)).Credentials ?? {};
  sts.destroy();
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined)
    throw new Error('the local STS gave no session');
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
};
