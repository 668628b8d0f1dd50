import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { RemoteSecret } from '../../app/ports/secret-reader.ts';
import type { RemoteWrite, SecretWriter, Written } from '../../app/ports/secret-writer.ts';
import {
  isManaged,
  NOT_MANAGED,
  planAllTags,
  type Tags,
  toTagList,
  withManagedBy,
} from '../../domain/push/plan-tags.ts';
import { type ParameterMetadata, parseParameterMetadata } from '../../domain/push/push-metadata.ts';
import { toParameterText } from '../../domain/push/pushed-value.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { StoreRejectedError } from '../../domain/store-error.ts';
import type { StoreAccess } from './aws-access.ts';
import type { AwsOperation } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { GET_PARAMETER, LIST_PARAMETER_TAGS, toRemoteParameter } from './get-parameter.ts';
import { unlessMissing } from './secrets-manager-calls.ts';
import { tagsOf } from './tags-of.ts';

/** What stands for a value that was not decrypted. */
const UNDECRYPTED = 'sensitive';

const operation = (name: string, prefix = ''): AwsOperation => ({
  service: 'SSM',
  name,
  prefix,
  exceptions: [
    'HierarchyLevelLimitExceededException',
    'HierarchyTypeMismatchException',
    'IncompatiblePolicyException',
    'InternalServerError',
    'InvalidAllowedPatternException',
    'InvalidKeyId',
    'InvalidPolicyAttributeException',
    'InvalidPolicyTypeException',
    'InvalidResourceId',
    'InvalidResourceType',
    'ParameterAlreadyExists',
    'ParameterLimitExceeded',
    'ParameterMaxVersionLimitExceeded',
    'ParameterNotFound',
    'ParameterPatternMismatchException',
    'PoliciesLimitExceededException',
    'TooManyTagsError',
    'TooManyUpdates',
    'UnsupportedParameterType',
  ],
});

/** Writes Parameter Store with a client's identity. Properties mean nothing here: the last content for a key is its value. */
export const createParameterStoreWriter = (
  client: SSMClient,
  { location, identity, call }: StoreAccess,
): SecretWriter => {
  const callsWith = (signal: AbortSignal | undefined) => parameterStoreCalls(client, call, signal);
  return {
    location,
    identity,
    write: (write, signal) => writeParameter(callsWith(signal), write),
    exists: async (key, signal) => (await callsWith(signal).get(key)) !== undefined,
    remove: async ({ key, shared }, signal) => {
      if (shared) return;
      const calls = callsWith(signal);
      if ((await calls.get(key, { decrypted: false })) === undefined) return;
      if (isManaged(await calls.tags(key))) await calls.delete(key);
    },
  };
};

type Calls = ReturnType<typeof parameterStoreCalls>;

const writeParameter = async (calls: Calls, write: RemoteWrite): Promise<Written> => {
  const { key } = write;
  const metadata = parseParameterMetadata(write.metadata);
  const content = (write.also?.at(-1) ?? write).content;
  const text = toParameterText(content, metadata.encodeAsDecoded);
  const held = await calls.get(key);
  if (held === undefined) {
    await write.beforeVersion?.();
    const Tags = toTagList(withManagedBy(metadata.tags));
    return { wrote: true, version: await calls.put({ ...toInput(key, text, metadata), Tags, Overwrite: false }) };
  }
  const tags = await calls.tags(key);
  if (!isManaged(tags)) throw new StoreRejectedError(NOT_MANAGED);
  if (isEqual(held, text)) return { wrote: false, version: held.version };
  await write.beforeVersion?.();
  const version = await calls.put({ ...toInput(key, text, metadata), Overwrite: true });
  await keepTags(calls, { key, held: tags, wanted: metadata.tags });
  return { wrote: true, version };
};

const isEqual = (held: RemoteSecret, text: string): boolean => {
  const current = held.text?.revealText();
  if (current === UNDECRYPTED)
    throw new StoreRejectedError("unable to compare 'sensitive' result, ensure to request a decrypted value");
  return current === text;
};

const keepTags = async (
  calls: Calls,
  { key, held, wanted }: { readonly key: string; readonly held: Tags; readonly wanted: Tags },
): Promise<void> => {
  const { remove, set } = planAllTags(held, wanted);
  if (remove.length > 0) await calls.untag(key, remove);
  if (Object.keys(set).length > 0) await calls.tag(key, set);
};

const toInput = (Name: string, Value: string, metadata: ParameterMetadata): PutParameterCommandInput => {
  const { secretType, kmsKeyId, tier, policies, description } = metadata;
  const advanced = { Tier: 'Advanced', ...(policies === undefined ? {} : { Policies: policies }) } as const;
  return {
    Name,
    Value,
    Type: toType(secretType),
    Description: description,
    ...(secretType === 'SecureString' ? { KeyId: kmsKeyId } : {}),
    ...(tier === 'Advanced' ? advanced : {}),
  };
};

// A type that AWS does not know is sent all the same: the refusal is AWS's own. The cast says no more than that.
const toType = (secretType: string) => secretType as PutParameterCommandInput['Type'];

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html and its neighbours. */
const parameterStoreCalls = (client: SSMClient, callAws: CallAws, signal: AbortSignal | undefined) => {
  const call = <T>(
    of: AwsOperation,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> => callAws(of, (abortSignal) => send({ abortSignal }), signal);
  const ofTags = (ResourceId: string) => ({ ResourceType: 'Parameter', ResourceId }) as const;

  const read = async (Name: string, WithDecryption: boolean): Promise<RemoteSecret> => {
    const of = { ...GET_PARAMETER, prefix: `unexpected error getting parameter ${Name}: ` };
    const command = new GetParameterCommand({ Name, WithDecryption });
    return toRemoteParameter((await call(of, (options) => client.send(command, options))).Parameter ?? {});
  };

  return {
    get: (name: string, { decrypted }: { readonly decrypted: boolean } = { decrypted: true }) =>
      unlessMissing(read(name, decrypted)),
    tags: async (name: string): Promise<Tags> => {
      const prefix = `error getting the existing tags for the parameter ${name}: error listing tags `;
      const command = new ListTagsForResourceCommand(ofTags(name));
      const { TagList } = await call({ ...LIST_PARAMETER_TAGS, prefix }, (options) => client.send(command, options));
      return tagsOf(TagList);
    },
    put: async (input: PutParameterCommandInput): Promise<string> => {
      const of = {
        ...operation('PutParameter', `unexpected error pushing parameter ${input.Name}: `),
        hides: [SecretValue.fromText(input.Value ?? '')],
      };
      const { Version } = await call(of, (options) => client.send(new PutParameterCommand(input), options));
      return String(Version ?? '');
    },
    tag: (name: string, tags: Tags) =>
      call(operation('AddTagsToResource'), (options) =>
        client.send(new AddTagsToResourceCommand({ ...ofTags(name), Tags: toTagList(tags) }), options),
      ),
    untag: (name: string, keys: readonly string[]) =>
      call(operation('RemoveTagsFromResource'), (options) =>
        client.send(new RemoveTagsFromResourceCommand({ ...ofTags(name), TagKeys: [...keys] }), options),
      ),
    delete: (Name: string) =>
      call(operation('DeleteParameter', `could not delete parameter ${Name}: `), (options) =>
        client.send(new DeleteParameterCommand({ Name }), options),
      ),
  };
};
