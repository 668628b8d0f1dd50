import { beforeEach, describe, expect, test } from '@jest/globals';
import { createShowStatus, type ObjectReport } from '../../../src/app/show-status.ts';
import type { PushedState } from '../../../src/domain/push/pushed.ts';
import type { ObjectStatus } from '../../../src/domain/status.ts';
import { cluster, externalSecretRef, mirrored, state, storeRef } from '../../contract/tables/samples.ts';
import { createFakeTables } from '../../support/fake-tables.ts';

const ready = (status: 'True' | 'False', reason: string): ObjectStatus => ({
  conditions: [{ type: 'Ready', status, reason, message: 'why', lastTransitionTime: '2026-01-01T00:00:00Z' }],
});

let tables: ReturnType<typeof createFakeTables>;
beforeEach(async () => {
  tables = createFakeTables();
  await tables.clusters.put(cluster({ name: 'green' }));
  await tables.clusters.put(cluster({ name: 'blue' }));
});

const put = (name: string, ref: ReturnType<typeof storeRef>, change: Parameters<typeof state>[0] = {}) =>
  tables.states.put(name, ref, { state: state(change), expected: 0 });

const names = (reports: readonly ObjectReport[]) =>
  reports.map(({ cluster: in_, kind, namespace, name }) => `${in_}/${kind}/${namespace}/${name}`);

test('tells condition, versions and the time of the last proof', async () => {
  const versions = [{ id: '1#eu#secretsmanager#db#', version: 'v-1' }];
  const status = { ...ready('True', 'SecretSynced'), refreshTime: '2026-01-01T00:00:00Z' };
  await put('blue', externalSecretRef(), { status, versions, verifiedAt: 5_000, dueAt: 9_000 });

  const reports = await createShowStatus(tables)({});

  expect(reports).toEqual([
    {
      ...externalSecretRef(),
      cluster: 'blue',
      ready: 'True',
      reason: 'SecretSynced',
      message: 'why',
      syncedAt: 5_000,
      versions,
      failures: 0,
      dueAt: 9_000,
    },
  ]);
});

test('tells of a PushSecret which versions it made', async () => {
  const entry = { store: 'SecretStore/aws', property: '', place: 'p' };
  const pushed: PushedState = {
    entries: [
      { ...entry, remoteKey: 'db', key: '1#eu#secretsmanager#db', versions: ['v-7', 'v-6'] },
      { ...entry, remoteKey: 'new', key: '1#eu#secretsmanager#new', pending: true },
    ],
    places: {},
    sources: [],
  };
  const ref = { kind: 'PushSecret', namespace: 'prod', name: 'app' } as const;
  await put('blue', ref, { status: ready('True', 'Synced'), pushed, verifiedAt: 5_000 });

  expect(await createShowStatus(tables)({ kind: 'PushSecret' })).toMatchObject([
    {
      kind: 'PushSecret',
      ready: 'True',
      reason: 'Synced',
      syncedAt: 5_000,
      versions: [{ id: '1#eu#secretsmanager#db', version: 'v-7' }],
    },
  ]);
});

test('without a proof the refresh time counts; without either there is none', async () => {
  await put('blue', externalSecretRef('a'), { status: { conditions: [], refreshTime: '2026-01-01T00:00:00Z' } });
  await put('blue', externalSecretRef('b'), { status: { conditions: [], refreshTime: null } });

  const reports = await createShowStatus(tables)({});

  expect(reports.map(({ syncedAt }) => syncedAt)).toEqual([Date.UTC(2026, 0, 1), undefined]);
  expect(reports.map(({ ready: is, reason }) => `${is} ${reason}`)).toEqual(['Unknown Pending', 'Unknown Pending']);
});

test('objects seen and not worked on yet are pending', async () => {
  await tables.mirror.put('blue', mirrored());

  expect(await createShowStatus(tables)({})).toMatchObject([{ name: 'app', ready: 'Unknown', reason: 'Pending' }]);
});

test('names the minimum that objects are served at which ask for more', async () => {
  await tables.clusters.put(cluster({ name: 'blue', minRefreshInterval: '5m' }));
  const asking = (name: string, refreshInterval: unknown) =>
    tables.mirror.put('blue', mirrored({ ref: externalSecretRef(name), spec: { refreshInterval } }));
  await asking('often', '10s');
  await asking('seldom', '1h');
  await asking('unreadable', '1d');
  await asking('wrong', 7);
  await put('blue', externalSecretRef('often'));

  const reports = await createShowStatus(tables)({});

  expect(reports.map(({ name, servedEvery }) => `${name} ${servedEvery}`)).toEqual([
    'often 5m',
    'seldom undefined',
    'unreadable undefined',
    'wrong undefined',
  ]);
});

test('sorts by cluster, kind, namespace and name, each object once', async () => {
  await put('green', externalSecretRef());
  await put('blue', storeRef());
  await put('blue', externalSecretRef('b'));
  await put('blue', externalSecretRef('a', 'zoo'));
  await put('blue', { kind: 'ClusterSecretStore', namespace: '', name: 'all' });
  await tables.mirror.put('blue', mirrored({ ref: externalSecretRef('b') }));

  expect(names(await createShowStatus(tables)({}))).toEqual([
    'blue/ExternalSecret/prod/b',
    'blue/ExternalSecret/zoo/a',
    'blue/SecretStore/prod/aws',
    'blue/ClusterSecretStore//all',
    'green/ExternalSecret/prod/app',
  ]);
});

test('tells of a ClusterExternalSecret where it failed; it has no reason', async () => {
  const status: ObjectStatus = {
    conditions: [{ type: 'Ready', status: 'False', message: 'one or more namespaces failed' }],
    failedNamespaces: [{ namespace: 'team-a', reason: 'why' }],
  };
  await put('blue', { kind: 'ClusterExternalSecret', namespace: '', name: 'all' }, { status });

  expect(await createShowStatus(tables)({ kind: 'ClusterExternalSecret' })).toMatchObject([
    { name: 'all', ready: 'False', reason: '', message: 'one or more namespaces failed; team-a: why' },
  ]);
});

describe('a filter leaves', () => {
  beforeEach(async () => {
    await put('blue', externalSecretRef());
    await put('blue', storeRef('aws', 'dev'));
    await put('green', externalSecretRef());
  });

  test.each([
    { filter: { cluster: 'green' }, left: ['green/ExternalSecret/prod/app'] },
    { filter: { namespace: 'dev' }, left: ['blue/SecretStore/dev/aws'] },
    { filter: { kind: 'SecretStore' as const }, left: ['blue/SecretStore/dev/aws'] },
    { filter: { cluster: 'blue', kind: 'ClusterSecretStore' as const }, left: [] },
  ])('$left', async ({ filter, left }) => {
    expect(names(await createShowStatus(tables)(filter))).toEqual(left);
  });
});
