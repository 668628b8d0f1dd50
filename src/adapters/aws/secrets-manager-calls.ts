import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  type DeleteSecretCommandInput,
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  type PutResourcePolicyCommandInput,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  type ReplicateSecretToRegionsCommandInput,
  type SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import type { RemoteSecret } from '../../app/ports/secret-reader.ts';
import { type Tags, toTagList } from '../../domain/push/plan-tags.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { SecretNotFoundError } from '../../domain/sync-error.ts';
import type { AwsOperation } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { DESCRIBE_SECRET, GET_SECRET_VALUE, toRemoteSecret } from './get-secret-value.ts';

/** Exceptions that all calls which change a secret declare. */
const COMMON = [
  'InternalServiceError',
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
] as const;

const operation = (name: string, more: Partial<AwsOperation> = {}): AwsOperation => ({
  service: 'Secrets Manager',
  name,
  ...more,
  exceptions: [...COMMON, ...(more.exceptions ?? [])],
});

const NOT_FOUND = { notFound: ['ResourceNotFoundException'] } as const;
const CHANGES_VALUE = {
  exceptions: ['DecryptionFailure', 'EncryptionFailure', 'LimitExceededException', 'ResourceExistsException'],
  conflict: ['ResourceExistsException'],
} as const;

const CREATE_SECRET = operation('CreateSecret', {
  ...CHANGES_VALUE,
  exceptions: [...CHANGES_VALUE.exceptions, 'MalformedPolicyDocumentException', 'PreconditionNotMetException'],
});
const PUT_SECRET_VALUE = operation('PutSecretValue', CHANGES_VALUE);
const DELETE_SECRET = operation('DeleteSecret');
const TAG_RESOURCE = operation('TagResource');
const UNTAG_RESOURCE = operation('UntagResource');
const GET_POLICY = operation('GetResourcePolicy', { prefix: 'failed to get current resource policy: ' });
const PUT_POLICY = operation('PutResourcePolicy', {
  prefix: 'failed to put resource policy: ',
  exceptions: ['MalformedPolicyDocumentException', 'PreconditionNotMetException', 'PublicPolicyException'],
});
const DELETE_POLICY = operation('DeleteResourcePolicy', { prefix: 'failed to delete resource policy: ', ...NOT_FOUND });
const REPLICATE = operation('ReplicateSecretToRegions', { prefix: 'failed to replicate existing secret to regions: ' });
const REMOVE_REGIONS = operation('RemoveRegionsFromReplication', {
  prefix: 'failed to remove regions from secret replication: ',
});

/** Any exception of the value's own is told as it came. */
const GET_VALUE: AwsOperation = { ...GET_SECRET_VALUE, notFound: [] };

/** A secret without its value. */
export type DescribedSecret = DescribeSecretCommandOutput;

/** A version and where it stands. */
export interface StagedSecret extends RemoteSecret {
  readonly stages: readonly string[];
}

/** The requests of one change, all under the same signal. Absence is `undefined` where it may be. */
export type SecretsManagerCalls = ReturnType<typeof secretsManagerCalls>;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html */
export const secretsManagerCalls = (
  client: SecretsManagerClient,
  callAws: CallAws,
  signal: AbortSignal | undefined,
) => {
  const call = <T>(
    of: AwsOperation,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> => callAws(of, (abortSignal) => send({ abortSignal }), signal);

  const value = async (of: AwsOperation, SecretId: string, VersionId?: string): Promise<StagedSecret> => {
    const command = new GetSecretValueCommand({ SecretId, ...(VersionId === undefined ? {} : { VersionId }) });
    const answer = await call(of, (options) => client.send(command, options));
    return { ...toRemoteSecret(answer), stages: answer.VersionStages ?? [] };
  };

  return {
    describe: (SecretId: string): Promise<DescribedSecret | undefined> =>
      unlessMissing(
        call({ ...DESCRIBE_SECRET, ...NOT_FOUND }, (options) =>
          client.send(new DescribeSecretCommand({ SecretId }), options),
        ),
      ),
    /** @throws StoreRejectedError - there is none, too */
    currentValue: (SecretId: string) => value(GET_VALUE, SecretId),
    findValue: (SecretId: string, versionId?: string) => unlessMissing(value(GET_SECRET_VALUE, SecretId, versionId)),
    create: (input: CreateSecretCommandInput) =>
      call({ ...CREATE_SECRET, hides: valuesIn(input) }, (options) =>
        client.send(new CreateSecretCommand(input), options),
      ),
    /** @throws WriteConflictError - a version of this id holds another content */
    put: (input: PutSecretValueCommandInput) =>
      call({ ...PUT_SECRET_VALUE, hides: valuesIn(input) }, (options) =>
        client.send(new PutSecretValueCommand(input), options),
      ),
    delete: (input: DeleteSecretCommandInput) =>
      call(DELETE_SECRET, (options) => client.send(new DeleteSecretCommand(input), options)),
    tag: (SecretId: string, tags: Tags) =>
      call(TAG_RESOURCE, (options) =>
        client.send(new TagResourceCommand({ SecretId, Tags: toTagList(tags) }), options),
      ),
    untag: (SecretId: string, keys: readonly string[]) =>
      call(UNTAG_RESOURCE, (options) =>
        client.send(new UntagResourceCommand({ SecretId, TagKeys: [...keys] }), options),
      ),
    policy: async (SecretId: string): Promise<string | undefined> =>
      (await call(GET_POLICY, (options) => client.send(new GetResourcePolicyCommand({ SecretId }), options)))
        .ResourcePolicy,
    putPolicy: (input: PutResourcePolicyCommandInput) =>
      call(PUT_POLICY, (options) => client.send(new PutResourcePolicyCommand(input), options)),
    deletePolicy: (SecretId: string) =>
      unlessMissing(
        call(DELETE_POLICY, (options) => client.send(new DeleteResourcePolicyCommand({ SecretId }), options)),
      ),
    replicate: (input: ReplicateSecretToRegionsCommandInput) =>
      call(REPLICATE, (options) => client.send(new ReplicateSecretToRegionsCommand(input), options)),
    removeRegions: (SecretId: string, regions: readonly string[]) =>
      call(REMOVE_REGIONS, (options) =>
        client.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: [...regions] }), options),
      ),
  };
};

const valuesIn = ({
  SecretString,
  SecretBinary,
}: Pick<PutSecretValueCommandInput, 'SecretString' | 'SecretBinary'>) => [
  ...(SecretString === undefined ? [] : [SecretValue.fromText(SecretString)]),
  ...(SecretBinary === undefined ? [] : [SecretValue.fromBytes(SecretBinary)]),
];

/** What a call finds, or undefined when the service says that there is nothing. */
export const unlessMissing = async <T>(calling: Promise<T>): Promise<T | undefined> => {
  try {
    return await calling;
  } catch (error) {
    if (error instanceof SecretNotFoundError) return undefined;
    throw error;
  }
};
