import type { RemoteSecret } from '../../src/app/ports/secret-reader.ts';
import type { ListedKey } from '../../src/domain/listing.ts';
import type { AwsAnswer, AwsRequest } from './aws-server.ts';
import { KNOWN_ACCOUNT } from './aws-server-sts.ts';
import type { FakeAnswer } from './fake-answer.ts';
import type { FakeParameters } from './fake-parameters.ts';
import type { FakeSecretsManager } from './fake-secrets-manager.ts';

const LOCATION = { account: KNOWN_ACCOUNT, region: 'eu-central-1', service: 'secretsmanager' } as const;

/** GetSecretValue, DescribeSecret and ListSecrets over the fake's secrets. */
export const answerSecretsManager = (manager: FakeSecretsManager, { target, input }: AwsRequest): AwsAnswer => {
  const key = String(input['SecretId']);
  if (target === 'secretsmanager.DescribeSecret') {
    const tags = manager.readTags(key, LOCATION);
    return tags === 'not-found' || 'rejected' in tags
      ? failure('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
      : success({ Name: key, Tags: toTagList(tags.revealText()) });
  }
  if (target === 'secretsmanager.ListSecrets') {
    const { page, NextToken } = pageOf(manager.list(), input);
    return success({ SecretList: page.map(toSecretListEntry), NextToken });
  }
  const versionId = input['VersionId'];
  const version = typeof versionId === 'string' ? `uuid/${versionId}` : String(input['VersionStage'] ?? '');
  return answer(manager.read({ key, version }, LOCATION), 'ResourceNotFoundException', (found) => ({
    Name: key,
    VersionId: found.version,
    CreatedDate: (found.createdAt ?? 0) / 1000,
    SecretString: found.text?.revealText(),
    SecretBinary: found.binary && Buffer.from(found.binary.reveal()).toString('base64'),
  }));
};

/** GetParameter, ListTagsForResource and DescribeParameters over the fake's parameters. */
export const answerParameterStore = (parameters: FakeParameters, { target, input }: AwsRequest): AwsAnswer => {
  if (target === 'AmazonSSM.ListTagsForResource') {
    const tags = parameters.readTags(String(input['ResourceId']));
    return tags === 'not-found' || 'rejected' in tags
      ? failure('InvalidResourceId', 'The resource ID is not valid.')
      : success({ TagList: toTagList(tags.revealText()) });
  }
  if (target === 'AmazonSSM.DescribeParameters') {
    const { page, NextToken } = pageOf(parameters.list(), input);
    return success({
      Parameters: page.map(({ name, versions }) => ({ Name: name, Version: Number(versions.get('')) })),
      NextToken,
    });
  }
  const [name = '', version = ''] = String(input['Name']).split(':');
  return answer(parameters.read(name, version), 'ParameterNotFound', (found) => ({
    Parameter: {
      Name: name,
      Value: input['WithDecryption'] === true ? found.text?.revealText() : 'encrypted',
      Version: Number(found.version),
      LastModifiedDate: (found.createdAt ?? 0) / 1000,
    },
  }));
};

const pageOf = (listed: readonly ListedKey[], { MaxResults, NextToken }: AwsRequest['input']) => {
  const start = Number(NextToken ?? 0);
  const end = start + Number(MaxResults);
  return { page: listed.slice(start, end), NextToken: end < listed.length ? String(end) : undefined };
};

const toSecretListEntry = ({ name, versions }: ListedKey) => {
  const stages = [...versions].filter(([stage]) => stage !== '' && !stage.startsWith('uuid/'));
  const byVersion = Map.groupBy(stages, ([, id]) => id);
  return {
    Name: name,
    SecretVersionsToStages: Object.fromEntries([...byVersion].map(([id, of]) => [id, of.map(([stage]) => stage)])),
  };
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
