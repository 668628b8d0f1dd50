import {
  BatchGetSecretValueCommand,
  type BatchGetSecretValueCommandOutput,
  type Filter,
  ListSecretsCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ListQuery, SecretFinder, SecretReader } from '../../app/ports/secret-reader.ts';
import { isGone } from '../../domain/store-error.ts';
import { StoreUnavailableError } from '../../domain/sync-error.ts';
import { type AwsOperation, toSyncError } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { GET_SECRET_VALUE, toRemoteSecret } from './get-secret-value.ts';
import { allPages, chunksOf } from './pages.ts';
import { type Found, readAlone } from './read-alone.ts';
import { tagsOf } from './tags-of.ts';
import { unlessDenied } from './unless-denied.ts';

const LIST_SECRETS: AwsOperation = {
  service: 'Secrets Manager',
  name: 'ListSecrets',
  exceptions: [
    'InternalServiceError',
    'InvalidNextTokenException',
    'InvalidParameterException',
    'InvalidRequestException',
  ],
};

const BATCH_GET: AwsOperation = {
  service: 'Secrets Manager',
  name: 'BatchGetSecretValue',
  exceptions: [
    'DecryptionFailure',
    'InternalServiceError',
    'InvalidNextTokenException',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException',
  ],
};

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
const MAX_LISTED = 100;
const MAX_FILTERS = 10;
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html */
const MAX_BATCH = 20;

interface FinderOptions {
  readonly call: CallAws;
  /** Reads where batches are denied: most published policies allow no more than GetSecretValue. */
  readonly read: SecretReader['read'];
}

/** Looks through Secrets Manager with a client's identity. Secrets marked for deletion are in no list. */
export const createSecretsManagerFinder = (
  client: SecretsManagerClient,
  { call, read }: FinderOptions,
): SecretFinder => {
  const readBatch = (names: readonly string[], signal?: AbortSignal) =>
    allPages(async (NextToken) => {
      const command = new BatchGetSecretValueCommand({ SecretIdList: [...names], NextToken });
      const page = await call(BATCH_GET, (abortSignal) => client.send(command, { abortSignal }), signal);
      return { entries: [page], next: page.NextToken };
    });

  return {
    list: (query, signal) =>
      allPages(async (NextToken) => {
        const command = new ListSecretsCommand({ MaxResults: MAX_LISTED, Filters: filtersOf(query), NextToken });
        const page = await call(LIST_SECRETS, (abortSignal) => client.send(command, { abortSignal }), signal);
        const entries = (page.SecretList ?? []).map(({ Name = '', Tags }) => ({ name: Name, tags: tagsOf(Tags) }));
        return { entries, next: page.NextToken };
      }),
    readMany: async (names, signal) => {
      const found: Found[] = [];
      for (const chunk of chunksOf(names, MAX_BATCH)) {
        const pages = await unlessDenied(readBatch(chunk, signal));
        const answers = pages === undefined ? await readAlone(read, chunk, signal) : answersOf(pages, chunk);
        found.push(...answers);
      }
      return new Map(found);
    },
  };
};

/** Narrows by what AWS can narrow by: prefixes, of keys and values each for themselves, where a leading `!` would mean not. */
const filtersOf = ({ path, tags }: ListQuery): Filter[] => {
  const byTag = Object.entries(tags).flatMap(([key, value]) => [
    { Key: 'tag-key' as const, Values: [key] },
    { Key: 'tag-value' as const, Values: [value] },
  ]);
  const usable = byTag.filter(({ Values: [text = ''] }) => text !== '' && !text.startsWith('!'));
  const byName = path === '' ? [] : [{ Key: 'name' as const, Values: [path] }];
  return [...usable.slice(0, MAX_FILTERS - byName.length), ...byName];
};

/** What a batch answered for each name. @throws what reading the first of its `Errors` alone would throw */
const answersOf = (pages: readonly BatchGetSecretValueCommandOutput[], names: readonly string[]): readonly Found[] => {
  const values = pages.flatMap(({ SecretValues = [] }) => SecretValues);
  const gone = pages
    .flatMap(({ Errors = [] }) => Errors)
    .map(({ SecretId = '', ErrorCode = '', Message = '' }) => {
      const answer = { name: ErrorCode, message: Message, $fault: 'client', $metadata: {} };
      const error = toSyncError(GET_SECRET_VALUE, answer, { maxAttempts: Number.POSITIVE_INFINITY });
      if (isGone(error)) return SecretId;
      throw error;
    });
  const answered = new Set([...values.map(({ Name }) => Name), ...gone]);
  const unanswered = names.find((name) => !answered.has(name));
  if (unanswered !== undefined) throw new StoreUnavailableError(`BatchGetSecretValue answered without ${unanswered}`);
  return values.map((value) => [value.Name ?? '', toRemoteSecret(value)]);
};
