import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { stateKey } from '../../../src/adapters/dynamodb/keys.ts';
import { toMirrorItem } from '../../../src/adapters/dynamodb/mirror.ts';
import { toStateItem } from '../../../src/adapters/dynamodb/state-item.ts';
import { resourcesOf, type Template } from './synthesise.ts';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const tableSchema = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z.array(z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: z.unknown() })),
});

const ref = { kind: 'ExternalSecret', namespace: 'team-a', name: 'db' } as const;
const state = {
  revision: 1,
  uid: 'u-1',
  status: { conditions: [] },
  versions: [],
  dependsOn: [],
  stores: [],
  failures: 0,
  dueAt: 1_000,
};

const owned = {
  ref,
  uid: 'u-1',
  resourceVersion: '1',
  generation: 1,
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterExternalSecret',
      name: 'shared',
      uid: 'c-1',
      controller: true,
    },
  ],
};

const typeOf = (value: unknown): string => (typeof value === 'number' ? 'N' : 'S');

export const describeTableKeys = (template: Template): void => {
  const table = resourcesOf(template, 'AWS::DynamoDB::Table', tableSchema)[0]?.properties;
  const item: Readonly<Record<string, unknown>> = {
    ...toStateItem('one', ref, state),
    ...toMirrorItem('one', owned),
  };

  test('the table has the key that items are written under', () => {
    expect(table?.KeySchema.map(({ AttributeName }) => AttributeName)).toEqual(Object.keys(stateKey('one', ref)));
  });

  test('the indexes hold keys alone: due times sorted within a shard, and what a ClusterExternalSecret controls', () => {
    expect(table?.GlobalSecondaryIndexes).toEqual([
      {
        IndexName: 'due',
        KeySchema: [
          { AttributeName: 'dueShard', KeyType: 'HASH' },
          { AttributeName: 'dueAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: 'controller',
        KeySchema: [{ AttributeName: 'controller', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });

  test('key attributes are of the types that are written', () => {
    const types = (table?.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [
      AttributeName,
      AttributeType,
    ]);

    expect(types).toEqual(types.map(([name = '']) => [name, typeOf(item[name])]));
    expect(types.filter(([name = '']) => item[name] === undefined)).toEqual([]);
  });
};
