import {
  DescribeParametersCommand,
  type DescribeParametersCommandOutput,
  GetParameterCommand,
  ListTagsForResourceCommand,
  type ParameterMetadata,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { SecretReader } from '../../app/ports/secret-reader.ts';
import type { ListedKey } from '../../domain/listing.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { tagsJson } from '../../domain/tags-json.ts';
import type { StoreAccess } from './aws-access.ts';
import type { AwsOperation } from './aws-error.ts';
import { GET_PARAMETER, LIST_PARAMETER_TAGS, toRemoteParameter } from './get-parameter.ts';
import { createParameterStoreFinder } from './parameter-store-finder.ts';
import { tagsOf } from './tags-of.ts';

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

/** The most that DescribeParameters gives at once. */
const MAX_DESCRIBED_PARAMETERS = 50;

/** Reads Parameter Store with a client's identity; SecureStrings come decrypted. */
export const createParameterStoreReader = (
  client: SSMClient,
  { location, identity, call }: StoreAccess,
): SecretReader => {
  /** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
  const read: SecretReader['read'] = async ({ key, version }, signal) => {
    const command = new GetParameterCommand({
      Name: version === '' ? key : `${key}:${version}`, // numbers and labels alike
      WithDecryption: true,
    });
    const { Parameter = {} } = await call(
      GET_PARAMETER,
      (abortSignal) => client.send(command, { abortSignal }),
      signal,
    );
    return toRemoteParameter(Parameter);
  };
  return {
    location,
    identity,
    read,
    /** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html */
    readTags: async (key, signal) => {
      const command = new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: key });
      const { TagList } = await call(
        LIST_PARAMETER_TAGS,
        (abortSignal) => client.send(command, { abortSignal }),
        signal,
      );
      return SecretValue.fromText(tagsJson(Object.entries(tagsOf(TagList))));
    },
    finder: createParameterStoreFinder(client, { call, read }),
    listing: {
      pageCost: 14, // 40 reads or 3 pages a second
      /** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
      pages: async function* (signal) {
        let next: string | undefined;
        do {
          const command: DescribeParametersCommand = new DescribeParametersCommand({
            MaxResults: MAX_DESCRIBED_PARAMETERS,
            NextToken: next,
          });
          const page: DescribeParametersCommandOutput = await call(
            DESCRIBE_PARAMETERS,
            (abortSignal) => client.send(command, { abortSignal }),
            signal,
          );
          yield (page.Parameters ?? []).map(toListedKey);
          next = page.NextToken;
        } while (next !== undefined);
      },
    },
  };
};

/** Labels and older versions are not shown. */
const toListedKey = ({ Name = '', Version }: ParameterMetadata): ListedKey => {
  const version = String(Version);
  return {
    name: Name,
    versions: new Map(
      Version === undefined
        ? []
        : [
            ['', version],
            [version, version],
          ],
    ),
  };
};
