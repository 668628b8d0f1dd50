import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeClusterCommand, EKSClient, ResourceNotFoundException as EksNotFound } from '@aws-sdk/client-eks';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceNotFoundException,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createConnectionSecrets } from '../../cli/aws/connection-secrets.ts';
import { createDescribeEksCluster } from '../../cli/aws/describe-eks-cluster.ts';
import { findTable } from '../../cli/aws/find-table.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';

const about = { message: 'no', $metadata: {} };

describe('connection secrets', () => {
  const api = mockClient(SecretsManagerClient);
  const secrets = createConnectionSecrets(new SecretsManagerClient({ region: 'eu-west-1' }));
  const value = SecretValue.fromText('{"token":"t"}');
  beforeEach(() => {
    api.reset();
  });

  const sent = (): readonly string[] => api.calls().map(({ firstArg }) => firstArg.constructor.name);

  test('get a new value where there is one', async () => {
    api.on(PutSecretValueCommand, { SecretId: 'a/blue', SecretString: '{"token":"t"}' }).resolves({});

    await secrets.put('a/blue', value);

    expect(sent()).toEqual(['PutSecretValueCommand']);
  });

  test('are created where there is none', async () => {
    api.on(PutSecretValueCommand).rejects(new ResourceNotFoundException(about));
    api.on(CreateSecretCommand, { Name: 'a/blue', SecretString: '{"token":"t"}' }).resolves({});

    await secrets.put('a/blue', value);

    expect(sent()).toEqual(['PutSecretValueCommand', 'CreateSecretCommand']);
  });

  test('are restored when they wait for their deletion', async () => {
    api.on(PutSecretValueCommand).rejectsOnce(new InvalidRequestException(about)).resolves({});
    api.on(RestoreSecretCommand, { SecretId: 'a/blue' }).resolves({});

    await secrets.put('a/blue', value);

    expect(sent()).toEqual(['PutSecretValueCommand', 'RestoreSecretCommand', 'PutSecretValueCommand']);
  });

  test('are not created after another failure', async () => {
    api.on(PutSecretValueCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));

    await expect(secrets.put('a/blue', value)).rejects.toThrow('no');
    expect(sent()).toEqual(['PutSecretValueCommand']);
  });

  test('are deleted with a time of grace, and gone already is gone', async () => {
    api
      .on(DeleteSecretCommand, { SecretId: 'a/blue', RecoveryWindowInDays: 7 })
      .resolvesOnce({})
      .rejectsOnce(new ResourceNotFoundException(about))
      .rejectsOnce(new InvalidRequestException(about))
      .rejects(new Error('no'));

    for (let times = 0; times < 3; times += 1) await secrets.remove('a/blue');
    await expect(secrets.remove('a/blue')).rejects.toThrow('no');
  });
});

describe('an EKS cluster', () => {
  const api = mockClient(EKSClient);
  const describeCluster = createDescribeEksCluster((place) => new EKSClient({ region: 'eu-west-1', ...place }));
  beforeEach(() => {
    api.reset();
  });

  test('is described with its certificate authority as PEM', async () => {
    api.on(DescribeClusterCommand, { name: 'prod' }).resolves({
      cluster: {
        endpoint: 'https://eks.example.com',
        certificateAuthority: { data: Buffer.from('PEM').toString('base64') },
        resourcesVpcConfig: { endpointPublicAccess: false },
      },
    });

    expect(await describeCluster({ name: 'prod', region: 'us-east-1' })).toEqual({
      region: 'us-east-1',
      server: 'https://eks.example.com',
      certificateAuthority: 'PEM',
      isPublic: false,
    });
  });

  test('that is not there names Region and option', async () => {
    api.on(DescribeClusterCommand).rejects(new EksNotFound(about));

    const failure = expect.objectContaining({ hints: [expect.stringContaining('--eks-region')] });
    await expect(describeCluster({ name: 'prod' })).rejects.toEqual(failure);
    await expect(describeCluster({ name: 'prod' })).rejects.toThrow('there is no EKS cluster prod in eu-west-1');
  });

  test('that is being created names its status', async () => {
    api.on(DescribeClusterCommand).resolves({ cluster: { status: 'CREATING' } });

    await expect(describeCluster({ name: 'prod' })).rejects.toThrow('no API server yet (status CREATING)');
  });
});

describe('the table', () => {
  const api = mockClient(CloudFormationClient);
  const settings = { stage: 'prod', region: 'eu-west-1', connectionSecretPrefix: '' };
  beforeEach(() => {
    api.reset();
  });

  test('is the one that the stack of the stage names', async () => {
    const stack = { StackName: 'secretcast-prod', CreationTime: new Date(0), StackStatus: 'CREATE_COMPLETE' as const };
    const Outputs = [{ OutputKey: 'TableName', OutputValue: 'made-up' }];
    api.on(DescribeStacksCommand, { StackName: 'secretcast-prod' }).resolves({ Stacks: [{ ...stack, Outputs }] });

    expect(await findTable(settings)).toBe('made-up');
  });

  test.each([['ValidationError'], ['AccessDenied']])('has the name of the stack after %s', async (name) => {
    api.on(DescribeStacksCommand).rejects(Object.assign(new Error('no'), { name }));

    expect(await findTable(settings)).toBe('secretcast-prod');
  });

  test('is not guessed after another failure', async () => {
    api.on(DescribeStacksCommand).rejects(Object.assign(new Error('no'), { name: 'ExpiredToken' }));

    await expect(findTable(settings)).rejects.toThrow('no');
  });
});
