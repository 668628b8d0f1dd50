import {
  DescribeParametersCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  type Parameter,
  type ParameterStringFilter,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { ListedSecret, ListQuery, SecretFinder, SecretReader } from '../../app/ports/secret-reader.ts';
import { StoreUnavailableError } from '../../domain/sync-error.ts';
import type { AwsOperation } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { toRemoteParameter } from './get-parameter.ts';
import { allPages, chunksOf } from './pages.ts';
import { type Found, readAlone } from './read-alone.ts';
import { unlessDenied } from './unless-denied.ts';

const BY_PATH_EXCEPTIONS = [
  'InternalServerError',
  'InvalidFilterKey',
  'InvalidFilterOption',
  'InvalidFilterValue',
  'InvalidKeyId',
  'InvalidNextToken',
];

const DESCRIBE_PARAMETERS: AwsOperation = {
  service: 'SSM',
  name: 'DescribeParameters',
  exceptions: [
    'InternalServerError',
    'InvalidFilterKey',
    'InvalidFilterOption',
    'InvalidFilterValue',
    'InvalidNextToken',
  ],
};

const GET_PARAMETERS: AwsOperation = {
  service: 'SSM',
  name: 'GetParameters',
  exceptions: ['InternalServerError', 'InvalidKeyId'],
};

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html */
const MAX_BY_PATH = 10;
/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
const MAX_DESCRIBED = 50;
/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
const MAX_BATCH = 10;

interface FinderOptions {
  readonly call: CallAws;
  /** Reads where batches are denied. */
  readonly read: SecretReader['read'];
}

/** Looks through Parameter Store with a client's identity. */
export const createParameterStoreFinder = (client: SSMClient, { call, read }: FinderOptions): SecretFinder => {
  const listByPath = (path: string, signal?: AbortSignal): Promise<readonly ListedSecret[]> =>
    allPages(async (NextToken) => {
      const command = new GetParametersByPathCommand({
        Path: path,
        Recursive: true,
        WithDecryption: true,
        MaxResults: MAX_BY_PATH,
        NextToken,
      });
      const page = await call(byPath(path), (abortSignal) => client.send(command, { abortSignal }), signal);
      const entries = (page.Parameters ?? []).map((found) => ({
        name: found.Name ?? '',
        secret: toRemoteParameter(found),
      }));
      return { entries, next: page.NextToken };
    });

  const describe = (
    ParameterFilters: ParameterStringFilter[],
    signal?: AbortSignal,
  ): Promise<readonly ListedSecret[]> =>
    allPages(async (NextToken) => {
      const command = new DescribeParametersCommand({ ParameterFilters, MaxResults: MAX_DESCRIBED, NextToken });
      const page = await call(DESCRIBE_PARAMETERS, (abortSignal) => client.send(command, { abortSignal }), signal);
      return { entries: (page.Parameters ?? []).map(({ Name = '' }) => ({ name: Name })), next: page.NextToken };
    });

  const readBatch = async (names: readonly string[], signal?: AbortSignal): Promise<readonly Found[]> => {
    const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
    const answer = await call(GET_PARAMETERS, (abortSignal) => client.send(command, { abortSignal }), signal);
    return answersOf(answer.Parameters ?? [], { names, gone: answer.InvalidParameters ?? [] });
  };

  return {
    list: async ({ path, tags }, signal) => {
      if (Object.keys(tags).length > 0) return describe(filtersOf({ path, tags }), signal);
      const root = path === '' ? '/' : path;
      return (await unlessDenied(listByPath(root, signal))) ?? describe(filtersOf({ path: root, tags }), signal);
    },
    readMany: async (names, signal) => {
      const found: Found[] = [];
      for (const chunk of chunksOf(names, MAX_BATCH))
        found.push(...((await unlessDenied(readBatch(chunk, signal))) ?? (await readAlone(read, chunk, signal))));
      return new Map(found);
    },
  };
};

const byPath = (path: string): AwsOperation => ({
  service: 'SSM',
  name: 'GetParametersByPath',
  exceptions: BY_PATH_EXCEPTIONS,
  prefix: `fetching parameters by path ${path}: `,
});

/** Exact: all tags, each with this value, on or below the path. */
const filtersOf = ({ path, tags }: ListQuery): ParameterStringFilter[] => [
  ...Object.entries(tags).map(([key, value]) => ({ Key: `tag:${key}`, Option: 'Equals', Values: [value] })),
  ...(path === '' ? [] : [{ Key: 'Path', Option: 'Recursive', Values: [path] }]),
];

const answersOf = (
  parameters: readonly Parameter[],
  { names, gone }: { readonly names: readonly string[]; readonly gone: readonly string[] },
): readonly Found[] => {
  const answered = new Set([...parameters.map(({ Name }) => Name), ...gone]);
  const unanswered = names.find((name) => !answered.has(name));
  if (unanswered !== undefined) throw new StoreUnavailableError(`GetParameters answered without ${unanswered}`);
  return parameters.map((parameter) => [parameter.Name ?? '', toRemoteParameter(parameter)]);
};
