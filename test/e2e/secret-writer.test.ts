import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  ListTagsForResourceCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';
import { createSecretWriters } from '../../src/adapters/aws/secret-writers.ts';
import { tagsOf } from '../../src/adapters/aws/tags-of.ts';
import { createEngine } from '../../src/adapters/engine/engine.ts';
import { pushActions } from '../../src/domain/push/push-actions.ts';
import { describeSecretWriter, type SecretWriterBackend } from '../contract/secret-writer.ts';
import { createRole, identity, toTags } from './support/aws-identities.ts';

describeSecretWriter('AWS by its SDK, with the local AWS evaluating IAM,', async (): Promise<SecretWriterBackend> => {
  const directory = await mkdtemp(join(tmpdir(), 'secretcast-writer-'));
  const aws = await startLocalAws({ directory, auth: true, log: () => undefined });
  await createRole(aws, 'writer', [...pushActions('secretsmanager'), ...pushActions('ssm')]);
  await createRole(aws, 'stranger', []);
  const { endpoint, credentials: hubCredentials } = aws;
  const engines = createEngine();
  const writers = createSecretWriters({
    engines,
    endpoints: { secretsManager: endpoint, ssm: endpoint, sts: endpoint },
    hubCredentials,
  });
  const stop = async (): Promise<void> => {
    writers.close();
    await engines.close();
    await aws.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return {
    writers,
    account: aws.accountId,
    region: aws.region,
    writer: identity(aws, 'writer'),
    stranger: identity(aws, 'stranger'),
    ...secretsOf(aws),
    ...parametersOf(aws),
    stop,
  };
});

const secretsOf = ({ endpoint, region, credentials }: LocalAws) => {
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  const secret: SecretWriterBackend['secret'] = async (SecretId) => {
    try {
      const { SecretString, SecretBinary, VersionId } = await client.send(new GetSecretValueCommand({ SecretId }));
      const { Tags } = await client.send(new DescribeSecretCommand({ SecretId }));
      return {
        value: SecretString ?? Buffer.from(SecretBinary ?? []).toString(),
        isBinary: SecretBinary !== undefined,
        tags: tagsOf(Tags),
        version: VersionId ?? '',
      };
    } catch (error) {
      if (error instanceof Error && /ResourceNotFound|InvalidRequest/.test(error.name)) return undefined;
      throw error;
    }
  };
  return {
    secret,
    putSecret: async (Name: string, SecretString: string, tags: Readonly<Record<string, string>>) => {
      await client.send(new CreateSecretCommand({ Name, SecretString, Tags: toTags(tags) }));
    },
    scheduleDeletion: async (SecretId: string) => {
      await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    },
  };
};

const parametersOf = ({ endpoint, region, credentials }: LocalAws) => {
  const client = new SSMClient({ endpoint, region, credentials });
  const parameter: SecretWriterBackend['parameter'] = async (Name) => {
    try {
      const { Parameter } = await client.send(new GetParameterCommand({ Name, WithDecryption: true }));
      const listed = await client.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: Name }));
      return {
        value: Parameter?.Value ?? '',
        version: String(Parameter?.Version ?? ''),
        tags: tagsOf(listed.TagList),
      };
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  };
  return {
    parameter,
    putParameter: async (Name: string, Value: string, tags: Readonly<Record<string, string>>) => {
      await client.send(new PutParameterCommand({ Name, Value, Type: 'String', Tags: toTags(tags) }));
    },
  };
};
