import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';
import { createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import { describeSecretReader, type SecretReaderBackend } from '../contract/secret-reader.ts';
import { createRole, identity, toTags } from './support/aws-identities.ts';

describeSecretReader('AWS by its SDK, with the local AWS evaluating IAM,', async (): Promise<SecretReaderBackend> => {
  const directory = await mkdtemp(join(tmpdir(), 'secretcast-reader-'));
  const aws = await startLocalAws({ directory, auth: true, log: () => undefined });
  await createRole(aws, 'reader', READ);
  await createRole(aws, 'stranger', []);
  const { endpoint, credentials: hubCredentials } = aws;
  const readers = createSecretReaders({
    endpoints: { secretsManager: endpoint, ssm: endpoint, sts: endpoint },
    hubCredentials,
  });
  const stop = async (): Promise<void> => {
    readers.close();
    await aws.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return {
    readers,
    account: aws.accountId,
    region: aws.region,
    reader: identity(aws, 'reader'),
    stranger: identity(aws, 'stranger'),
    ...secretsOf(aws),
    ...parametersOf(aws),
    stop,
  };
});

/** What docs/identity.md asks for. */
const READ = [
  'secretsmanager:GetSecretValue',
  'secretsmanager:DescribeSecret',
  'secretsmanager:ListSecrets',
  'secretsmanager:BatchGetSecretValue',
  'ssm:*',
];

const secretsOf = ({ endpoint, region, credentials }: LocalAws) => {
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  const putSecret: SecretReaderBackend['putSecret'] = async (Name, { text, bytes }) => {
    const value = bytes === undefined ? { SecretString: text } : { SecretBinary: bytes };
    try {
      return (await client.send(new CreateSecretCommand({ Name, ...value }))).VersionId ?? '';
    } catch (error) {
      if (!(error instanceof ResourceExistsException)) throw error;
      return (await client.send(new PutSecretValueCommand({ SecretId: Name, ...value }))).VersionId ?? '';
    }
  };
  return {
    putSecret,
    putStaged: async (SecretId: string, SecretString: string, stage: string) => {
      const command = new PutSecretValueCommand({ SecretId, SecretString, VersionStages: [stage] });
      return (await client.send(command)).VersionId ?? '';
    },
    tagSecret: async (SecretId: string, tags: Readonly<Record<string, string>>) => {
      await client.send(new TagResourceCommand({ SecretId, Tags: toTags(tags) }));
    },
    scheduleDeletion: async (SecretId: string) => {
      await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    },
    deleteSecret: async (SecretId: string) => {
      await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    },
    arnOf: async (SecretId: string) => (await client.send(new DescribeSecretCommand({ SecretId }))).ARN ?? '',
  };
};

const parametersOf = ({ endpoint, region, credentials }: LocalAws) => {
  const client = new SSMClient({ endpoint, region, credentials });
  return {
    putParameter: async (Name: string, Value: string) => {
      const command = new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true });
      return String((await client.send(command)).Version);
    },
    labelParameter: async (Name: string, version: string, label: string) => {
      await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion: Number(version), Labels: [label] }));
    },
    tagParameter: async (ResourceId: string, tags: Readonly<Record<string, string>>) => {
      await client.send(new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId, Tags: toTags(tags) }));
    },
    deleteParameter: async (Name: string) => {
      await client.send(new DeleteParameterCommand({ Name }));
    },
  };
};
