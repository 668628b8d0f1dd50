import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { applyManifests, readManifests } from './apply-manifests.ts';
import type { LocalAws } from './aws/start-local-aws.ts';

/** The example's names, as its manifests have them. */
export const EXAMPLE = {
  namespace: 'example',
  externalSecret: 'database',
  target: 'database-credentials',
  secretId: 'example/database',
} as const;

const MANIFESTS = join(import.meta.dirname, 'example');

const clientSettings = ({ endpoint, region, credentials }: LocalAws) => ({ endpoint, region, credentials });

/** Static AWS keys, as a store's Secret holds them. */
export interface AccessKeys {
  readonly 'access-key': string;
  readonly 'secret-access-key': string;
}

/** An IAM user that may read what is under `example/`, secrets and parameters, and nothing else. */
export const createExampleUser = async (aws: LocalAws): Promise<AccessKeys> => {
  const iam = new IAMClient(clientSettings(aws));
  const UserName = 'external-secrets';
  const place = `${aws.region}:${aws.accountId}`;
  const statements = [
    {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: `arn:aws:secretsmanager:${place}:secret:example/*`,
    },
    { Effect: 'Allow', Action: 'ssm:GetParameter', Resource: `arn:aws:ssm:${place}:parameter/example/*` },
  ];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  try {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'read-example', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return { 'access-key': AccessKey?.AccessKeyId ?? '', 'secret-access-key': AccessKey?.SecretAccessKey ?? '' };
  } finally {
    iam.destroy();
  }
};

/** The example's manifests and its keys, in one cluster. */
export const applyExample = async (kubeconfigFile: string, context: string, keys: AccessKeys): Promise<void> => {
  const manifests = await readManifests(MANIFESTS);
  const namespaces = manifests.filter(({ kind }) => kind === 'Namespace');
  const others = manifests.filter(({ kind }) => kind !== 'Namespace');
  const metadata = { name: 'awssm-secret', namespace: EXAMPLE.namespace };
  const credentials = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: keys };
  await applyManifests(kubeconfigFile, context, [...namespaces, credentials, ...others]);
};

/** The example's secret in Secrets Manager. */
export const createExampleSecret = (aws: LocalAws) => {
  const client = new SecretsManagerClient(clientSettings(aws));
  const toSecret = (password: string) => JSON.stringify({ username: 'app', password });
  return {
    create: (password: string) =>
      client.send(new CreateSecretCommand({ Name: EXAMPLE.secretId, SecretString: toSecret(password) })),
    rotate: (password: string) =>
      client.send(new PutSecretValueCommand({ SecretId: EXAMPLE.secretId, SecretString: toSecret(password) })),
    close: () => client.destroy(),
  };
};
