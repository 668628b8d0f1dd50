import type { RemoteSecret } from '../../src/app/ports/secret-reader.ts';
import type { ListedKey } from '../../src/domain/listing.ts';
import type { AwsAnswer, AwsRequest } from './aws-server.ts';
import { KNOWN_ACCOUNT } from './aws-server-sts.ts';
import type { FakeAnswer } from './fake-answer.ts';
import type { FakeParameters } from './fake-parameters.ts';
import type { FakeSecretsManager } from './fake-secrets-manager.ts';

export const LOCATION = { account: KNOWN_ACCOUNT, region: 'eu-central-1', service: 'secretsmanager' } as const;

/** Entries of one page: few, so that every test pages. */
const PAGE = 2;

/** GetSecretValue, DescribeSecret, ListSecrets and BatchGetSecretValue over the fake's secrets. */
export const answerSecretsManager = (manager: FakeSecretsManager, { target, input }: AwsRequest): AwsAnswer => {
  if (target === 'secretsmanager.ListSecrets') return listSecrets(manager, input);
  if (target === 'secretsmanager.BatchGetSecretValue') return batchGetSecretValue(manager, input);
  const key = String(input['SecretId']);
  if (target === 'secretsmanager.DescribeSecret') return describeSecret(manager, key);
  const versionId = input['VersionId'];
  const version = typeof versionId === 'string' ? `uuid/${versionId}` : String(input['VersionStage'] ?? '');
  return answer(manager.read({ key, version }, LOCATION), 'ResourceNotFoundException', (found) => ({
    ...toSecretAnswer(key, found),
    VersionStages: manager.describe(key, LOCATION)?.stages.get(found.version) ?? [],
  }));
};

const describeSecret = (manager: FakeSecretsManager, key: string): AwsAnswer => {
  const found = manager.describe(key, LOCATION);
  if (found === undefined)
    return failure('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  return success({
    ARN: found.arn,
    Name: manager.nameOf(key, LOCATION),
    KmsKeyId: found.kmsKeyId,
    Tags: Object.entries(found.tags).map(([Key, Value]) => ({ Key, Value })),
    VersionIdsToStages: Object.fromEntries(found.stages),
    ReplicationStatus: found.replicas.map((Region) => ({ Region, Status: 'InSync' })),
  });
};

const toSecretAnswer = (name: string, found: RemoteSecret) => ({
  Name: name,
  VersionId: found.version,
  CreatedDate: (found.createdAt ?? 0) / 1000,
  SecretString: found.text?.revealText(),
  SecretBinary: found.binary && Buffer.from(found.binary.reveal()).toString('base64'),
});

type Input = AwsRequest['input'];

const listSecrets = (manager: FakeSecretsManager, input: Input): AwsAnswer => {
  const valuesOf = (key: string) => filtersIn(input).flatMap((filter) => (filter.Key === key ? filter.Values : []));
  const [path = ''] = valuesOf('name');
  const values = valuesOf('tag-value');
  const tags = Object.fromEntries(valuesOf('tag-key').map((key, index) => [key, values[index] ?? '']));
  const versions = new Map(manager.listVersions().map((key) => [key.name, key]));
  const listed = manager.list({ path, tags }).map((secret) => ({
    Name: secret.name,
    SecretVersionsToStages: stagesOf(versions.get(secret.name)),
    Tags: Object.entries(secret.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  }));
  const { page, next } = pageOf(listed, input);
  return success({ SecretList: page, NextToken: next });
};

const batchGetSecretValue = (manager: FakeSecretsManager, input: Input): AwsAnswer => {
  const names = textsIn(input['SecretIdList']);
  if (names.length > 20) return failure('ValidationException', 'at most 20');
  const answers = names.map((name) => ({ name, found: manager.read({ key: name, version: '' }, LOCATION) }));
  const errors = answers.flatMap(({ name, found }) => {
    if (found === 'not-found')
      return [{ SecretId: name, ErrorCode: 'ResourceNotFoundException', Message: 'not found' }];
    if (!('rejected' in found)) return [];
    const [code = '', ...message] = found.rejected.split(': ');
    return [{ SecretId: name, ErrorCode: code, Message: message.join(': ') }];
  });
  const values = answers.flatMap(({ name, found }) =>
    found === 'not-found' || 'rejected' in found ? [] : [toSecretAnswer(name, found)],
  );
  return success({ SecretValues: values, Errors: errors });
};

const filtersIn = (input: Input): readonly { readonly Key: string; readonly Values: readonly string[] }[] => {
  const filters: unknown = input['Filters'] ?? input['ParameterFilters'] ?? [];
  return Array.isArray(filters)
    ? filters.map(({ Key, Values }) => ({ Key: String(Key), Values: textsIn(Values) }))
    : [];
};

export const textsIn = (list: unknown): readonly string[] => (Array.isArray(list) ? list.map(String) : []);

/** After the first page an empty one, as AWS may give: only a missing token ends a list. */
const pageOf = <T>(entries: readonly T[], input: Input): { readonly page: readonly T[]; readonly next?: string } => {
  const [start = 0, isEmpty = 0] = String(input['NextToken'] ?? '')
    .split('.')
    .map(Number);
  if (isEmpty === 1) return { page: [], next: `${start}.0` };
  const isFiltered = filtersIn(input).length > 0 || input['Path'] !== undefined;
  const isListing = typeof input['MaxResults'] === 'number' && !isFiltered; // of all versions
  const end = start + (isListing ? Number(input['MaxResults']) : PAGE);
  if (isListing) return { page: entries.slice(start, end), ...(end < entries.length ? { next: `${end}.0` } : {}) };
  return { page: entries.slice(start, end), ...(end < entries.length ? { next: `${end}.1` } : {}) };
};

/** GetParameter, its plural forms, DescribeParameters and ListTagsForResource over the fake's parameters. */
export const answerParameterStore = (parameters: FakeParameters, { target, input }: AwsRequest): AwsAnswer => {
  if (target === 'AmazonSSM.ListTagsForResource') {
    const tags = parameters.readTags(String(input['ResourceId']));
    return tags === 'not-found' || 'rejected' in tags
      ? failure('InvalidResourceId', 'The resource ID is not valid.')
      : success({ TagList: toTagList(tags.revealText()) });
  }
  if (target === 'AmazonSSM.GetParametersByPath') return getParametersByPath(parameters, input);
  if (target === 'AmazonSSM.DescribeParameters') return describeParameters(parameters, input);
  if (target === 'AmazonSSM.GetParameters') return getParameters(parameters, input);
  const [name = '', version = ''] = String(input['Name']).split(':');
  return answer(parameters.read(name, version), 'ParameterNotFound', (found) => ({
    Parameter: toParameter(name, found, input),
  }));
};

const toParameter = (name: string, found: RemoteSecret, input: Input) => ({
  Name: name,
  Value: input['WithDecryption'] === true ? found.text?.revealText() : 'encrypted',
  Version: Number(found.version),
  LastModifiedDate: (found.createdAt ?? 0) / 1000,
});

const getParametersByPath = (parameters: FakeParameters, input: Input): AwsAnswer => {
  const found = parameters.list({ path: String(input['Path']), tags: {} });
  const { page, next } = pageOf(found, input);
  const answers = page.flatMap(({ name, secret }) => (secret === undefined ? [] : [toParameter(name, secret, input)]));
  return success({ Parameters: answers, NextToken: next });
};

const describeParameters = (parameters: FakeParameters, input: Input): AwsAnswer => {
  const filters = filtersIn(input);
  const path = filters.find(({ Key }) => Key === 'Path')?.Values[0] ?? '';
  const tags = filters.flatMap(({ Key, Values }) => (Key.startsWith('tag:') ? [[Key.slice(4), Values[0] ?? '']] : []));
  const { page, next } = pageOf(parameters.list({ path, tags: Object.fromEntries(tags) }), input);
  const versions = new Map(parameters.listVersions().map((key) => [key.name, key.versions.get('')]));
  const described = page.map(({ name }) => ({ Name: name, Version: Number(versions.get(name)) }));
  return success({ Parameters: described, NextToken: next });
};

const getParameters = (parameters: FakeParameters, input: Input): AwsAnswer => {
  const names = textsIn(input['Names']);
  if (names.length > 10) return failure('ValidationException', 'at most 10');
  const found = names.map((name) => ({ name, answer: parameters.read(name, '') }));
  return success({
    Parameters: found.flatMap(({ name, answer }) =>
      answer === 'not-found' || 'rejected' in answer ? [] : [toParameter(name, answer, input)],
    ),
    InvalidParameters: found.flatMap(({ name, answer }) => (answer === 'not-found' ? [name] : [])),
  });
};

const stagesOf = (key: ListedKey | undefined) => {
  const stages = [...(key?.versions ?? [])].filter(([stage]) => stage !== '' && !stage.startsWith('uuid/'));
  const byVersion = Map.groupBy(stages, ([, id]) => id);
  return Object.fromEntries([...byVersion].map(([id, of]) => [id, of.map(([stage]) => stage)]));
};

const answer = (
  found: FakeAnswer,
  notFound: string,
  render: (found: RemoteSecret) => Readonly<Record<string, unknown>>,
): AwsAnswer => {
  if (found === 'not-found') return failure(notFound, 'not found');
  if (!('rejected' in found)) return success(render(found));
  const [type = '', ...message] = found.rejected.split(': ');
  return failure(type, message.join(': '));
};

export const success = (output: Readonly<Record<string, unknown>>): AwsAnswer => ({
  status: 200,
  body: JSON.stringify(output),
});

export const failure = (type: string, message: string, status = 400): AwsAnswer => ({
  status,
  body: JSON.stringify({ __type: type, message }),
});

const toTagList = (json: string): readonly { readonly Key: string; readonly Value: unknown }[] =>
  Object.entries(JSON.parse(json)).map(([Key, Value]) => ({ Key, Value }));
