import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { RemoteRead, SecretReader } from '../../app/ports/secret-reader.ts';
import type { StoreLocation } from '../../domain/remote-key.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { tagsJson } from '../../domain/tags-json.ts';
import type { AwsOperation } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { GET_SECRET_VALUE, toRemoteSecret } from './get-secret-value.ts';
import { createSecretsManagerFinder } from './secrets-manager-finder.ts';
import { tagsOf } from './tags-of.ts';

const DESCRIBE_SECRET: AwsOperation = {
  service: 'Secrets Manager',
  name: 'DescribeSecret',
  exceptions: ['InternalServiceError', 'InvalidParameterException', 'ResourceNotFoundException'],
};

export interface ReaderOptions {
  readonly location: StoreLocation;
  readonly call: CallAws;
}

/** Reads Secrets Manager with a client's identity. */
export const createSecretsManagerReader = (
  client: SecretsManagerClient,
  { location, call }: ReaderOptions,
): SecretReader => {
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
  const read: SecretReader['read'] = async (wanted, signal) => {
    const command = new GetSecretValueCommand(toInput(wanted));
    return toRemoteSecret(await call(GET_SECRET_VALUE, (abortSignal) => client.send(command, { abortSignal }), signal));
  };
  return {
    location,
    read,
    /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
    readTags: async (key, signal) => {
      const command = new DescribeSecretCommand({ SecretId: key });
      const { Tags } = await call(DESCRIBE_SECRET, (abortSignal) => client.send(command, { abortSignal }), signal);
      return SecretValue.fromText(tagsJson(Object.entries(tagsOf(Tags))));
    },
    finder: createSecretsManagerFinder(client, { call, read }),
  };
};

/** `uuid/…` names a version, anything else a stage, even when it looks like a version id. */
const toInput = ({ key, version }: RemoteRead): GetSecretValueCommandInput =>
  version.startsWith('uuid/')
    ? { SecretId: key, VersionId: version.slice('uuid/'.length) }
    : { SecretId: key, VersionStage: version === '' ? 'AWSCURRENT' : version };
