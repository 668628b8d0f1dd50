import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretsCommand,
  type ListSecretsCommandOutput,
  type SecretListEntry,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { RemoteRead, SecretReader } from '../../app/ports/secret-reader.ts';
import type { ListedKey } from '../../domain/listing.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { tagsJson } from '../../domain/tags-json.ts';
import type { StoreAccess } from './aws-access.ts';
import type { AwsOperation } from './aws-error.ts';
import { DESCRIBE_SECRET, GET_SECRET_VALUE, toRemoteSecret } from './get-secret-value.ts';
import { createSecretsManagerFinder } from './secrets-manager-finder.ts';
import { tagsOf } from './tags-of.ts';

const LIST_SECRETS: AwsOperation = {
  service: 'Secrets Manager',
  name: 'ListSecrets',
  exceptions: ['InternalServiceError', 'InvalidNextTokenException', 'InvalidParameterException'],
};

/** The most that ListSecrets gives at once. */
const MAX_LISTED_SECRETS = 100;

/** Reads Secrets Manager with a client's identity. */
export const createSecretsManagerReader = (
  client: SecretsManagerClient,
  { location, identity, call }: StoreAccess,
): SecretReader => {
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
  const read: SecretReader['read'] = async (wanted, signal) => {
    const command = new GetSecretValueCommand(toInput(wanted));
    return toRemoteSecret(await call(GET_SECRET_VALUE, (abortSignal) => client.send(command, { abortSignal }), signal));
  };
  return {
    location,
    identity,
    read,
    /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
    readTags: async (key, signal) => {
      const command = new DescribeSecretCommand({ SecretId: key });
      const { Tags } = await call(DESCRIBE_SECRET, (abortSignal) => client.send(command, { abortSignal }), signal);
      return SecretValue.fromText(tagsJson(Object.entries(tagsOf(Tags))));
    },
    finder: createSecretsManagerFinder(client, { call, read }),
    listing: {
      pageCost: 1, // both are priced by the call
      /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
      pages: async function* (signal) {
        let next: string | undefined;
        do {
          const command: ListSecretsCommand = new ListSecretsCommand({
            MaxResults: MAX_LISTED_SECRETS,
            NextToken: next,
          });
          const page: ListSecretsCommandOutput = await call(
            LIST_SECRETS,
            (abortSignal) => client.send(command, { abortSignal }),
            signal,
          );
          yield (page.SecretList ?? []).map(toListedKey);
          next = page.NextToken;
        } while (next !== undefined);
      },
    },
  };
};

/** Only versions with a stage are listed. A version id asked for is itself, while it is there. */
const toListedKey = ({ Name = '', SecretVersionsToStages = {} }: SecretListEntry): ListedKey => {
  const versions = new Map<string, string>();
  for (const [id, stages] of Object.entries(SecretVersionsToStages)) {
    versions.set(`uuid/${id}`, id);
    for (const stage of stages) versions.set(stage, id);
  }
  const current = versions.get('AWSCURRENT');
  if (current !== undefined) versions.set('', current);
  return { name: Name, versions };
};

/** `uuid/…` names a version, anything else a stage, even when it looks like a version id. */
const toInput = ({ key, version }: RemoteRead): GetSecretValueCommandInput =>
  version.startsWith('uuid/')
    ? { SecretId: key, VersionId: version.slice('uuid/'.length) }
    : { SecretId: key, VersionStage: version === '' ? 'AWSCURRENT' : version };
