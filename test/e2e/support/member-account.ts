import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { LocalAws } from '../../../local/aws/start-local-aws.ts';

const TEMPLATE = join(import.meta.dirname, '../../../infra/member-account/template.yml');

/** An account that owns secrets, seen by its root. */
export interface MemberAccount {
  readonly accountId: string;
  /** Output key to value of the deployed template. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly createSecret: (name: string, value: string, tags?: Readonly<Record<string, string>>) => Promise<void>;
  readonly putSecret: (name: string, value: string) => Promise<void>;
  readonly close: () => void;
}

/** Deploys infra/member-account/template.yml as its owner would. @throws Error - the stack was not created */
export const deployMemberAccount = async (
  aws: LocalAws,
  accountId: string,
  parameters: Readonly<Record<string, string>>,
): Promise<MemberAccount> => {
  const settings = { endpoint: aws.endpoint, region: aws.region, credentials: aws.rootOf(accountId) };
  const cloudFormation = new CloudFormationClient(settings);
  const secrets = new SecretsManagerClient(settings);
  const StackName = 'secretcast-member';
  await cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: await readFile(TEMPLATE, 'utf8'),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  await waitUntilStackCreateComplete(
    { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
    { StackName },
  );
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  const outputs = (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
  return {
    accountId,
    outputs: Object.fromEntries(outputs),
    createSecret: async (Name, SecretString, tags = {}) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await secrets.send(new CreateSecretCommand({ Name, SecretString, Tags }));
    },
    putSecret: async (SecretId, SecretString) => {
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    },
    close: () => {
      for (const client of [cloudFormation, secrets]) client.destroy();
    },
  };
};
