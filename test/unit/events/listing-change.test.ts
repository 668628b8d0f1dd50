import { describe, expect, test } from '@jest/globals';
import { parseSecretChange } from '../../../src/events/secret-change.ts';
import { queueSamples } from '../../support/event-samples.ts';
import { apiCall, eventBody, parameterChanged } from './event-builders.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-AbCd12';

/** What the body says of lists, keys by Region and name. */
const listingOf = (body: string) => {
  const change = parseSecretChange(body);
  if ('ignored' in change) throw new Error(`ignored: ${change.ignored}`);
  const { listing } = change;
  return listing && { ...listing, keys: listing.keys.map(({ region, name }) => `${region} ${name}`) };
};

const call = (eventName: string, requestParameters?: Readonly<Record<string, unknown>>) =>
  listingOf(apiCall(eventName, { requestParameters, responseElements: { arn: ARN } }));

const keys = ['eu-west-1 app'];
const tags = [{ key: 'env', value: 'prod' }, { key: 'empty' }, { value: 'no key' }, null];

type Row = [fact: string, eventName: string, told: readonly [parameters: Parameters, listing: unknown]];
type Parameters = Readonly<Record<string, unknown>> | undefined;

describe('a call', () => {
  test.each<Row>([
    [
      'that creates tells all tags',
      'CreateSecret',
      [
        { name: 'app', tags },
        { type: 'appeared', keys, tags: { env: 'prod', empty: '' } },
      ],
    ],
    [
      'that creates without tags tells that there are none',
      'CreateSecret',
      [{ name: 'app' }, { type: 'appeared', keys, tags: {} }],
    ],
    [
      'that creates, too large to be recorded, tells nothing of tags',
      'CreateSecret',
      [undefined, { type: 'appeared', keys }],
    ],
    ['that restores tells nothing of tags', 'RestoreSecret', [{ secretId: 'app' }, { type: 'appeared', keys }]],
    ['that deletes', 'DeleteSecret', [{ secretId: 'app' }, { type: 'disappeared', keys }]],
    [
      'that tags tells which',
      'TagResource',
      [
        { secretId: 'app', tags },
        { type: 'tagged', keys, tagKeys: ['env', 'empty'] },
      ],
    ],
    [
      'that untags tells which',
      'UntagResource',
      [
        { secretId: 'app', tagKeys: ['env', 7] },
        { type: 'tagged', keys, tagKeys: ['env'] },
      ],
    ],
    ['that tags, too large to be recorded', 'TagResource', [undefined, { type: 'tagged', keys }]],
    [
      'that replicates concerns the replicas',
      'ReplicateSecretToRegions',
      [
        { secretId: 'app', addReplicaRegions: [{ region: 'us-east-1' }] },
        { type: 'appeared', keys: ['us-east-1 app', 'us-east-1 app-AbCd12'] },
      ],
    ],
    [
      'that ends a replication concerns the replicas',
      'RemoveRegionsFromReplication',
      [
        { secretId: 'app', removeReplicaRegions: ['us-east-1'] },
        { type: 'disappeared', keys: ['us-east-1 app', 'us-east-1 app-AbCd12'] },
      ],
    ],
    ['that writes a value leaves lists as they are', 'PutSecretValue', [{ secretId: 'app' }, undefined]],
    ['that changes a policy leaves lists as they are', 'PutResourcePolicy', [{ secretId: 'app' }, undefined]],
  ])('%s', (_, eventName, [parameters, listing]) => {
    expect(call(eventName, parameters)).toEqual(listing);
  });

  test('that names the secret by the beginning of its ARN leaves two readings', () => {
    const body = apiCall('RestoreSecret', { requestParameters: { secretId: ARN } });

    expect(listingOf(body)).toEqual({ type: 'appeared', keys: ['eu-west-1 app', 'eu-west-1 app-AbCd12'] });
  });
});

describe('a parameter', () => {
  test.each([
    ['Create', { type: 'appeared', keys: ['eu-west-1 /a'] }],
    ['Delete', { type: 'disappeared', keys: ['eu-west-1 /a'] }],
    ['Update', undefined],
    ['LabelParameterVersion', undefined],
  ])('%s', (operation, listing) => {
    expect(listingOf(parameterChanged({ name: '/a', operation }))).toEqual(listing);
  });

  test('that expired is gone', () => {
    const detail = { 'parameter-name': '/a', 'policy-type': 'Expiration', 'action-status': 'Success' };
    const body = eventBody({ source: 'aws.ssm', 'detail-type': 'Parameter Store Policy Action', detail });

    expect(listingOf(body)).toEqual({ type: 'disappeared', keys: ['eu-west-1 /a'] });
  });
});

test('the samples that tell something of lists are these', () => {
  const telling = queueSamples.filter(({ body, outcome }) => !('ignored' in outcome) && listingOf(body) !== undefined);

  expect(telling.map(({ name }) => name)).toEqual([
    'sm-api-create-secret',
    'sm-api-delete-secret',
    'sm-api-delete-secret-legacy-arn-casing',
    'sm-api-remove-regions-from-replication',
    'sm-api-replicate-secret-to-regions',
    'sm-api-restore-secret',
    'sm-api-tag-resource',
    'sm-api-untag-resource',
    'sm-service-cancel-secret-version-delete',
    'sm-service-replication-succeeded',
    'ssm-parameter-store-change-create',
    'ssm-parameter-store-change-delete',
    'ssm-parameter-store-policy-action-expiration',
  ]);
});
