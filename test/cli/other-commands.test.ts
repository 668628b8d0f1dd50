import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { rbacManifests } from '../../src/domain/rbac.ts';
import { externalSecretRef, mirrored, cluster as registered, state, storeRef } from '../contract/tables/samples.ts';
import { CHECKOUT, type CliWorld, createCliWorld } from './cli-world.ts';

let world: CliWorld;
beforeEach(() => {
  world = createCliWorld({ checkout: CHECKOUT });
  world.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1'; // a local stack of this checkout is not looked for
});
afterEach(() => world.remove());

const documents = (yaml: string): readonly unknown[] => parseAllDocuments(yaml).map((document) => document.toJS());

describe('help', () => {
  test('lists every command, each with help of its own', async () => {
    const { code, out } = await world.run('--help');

    expect(code).toBe(0);
    for (const command of ['cluster', 'status', 'doctor', 'render', 'crds', 'rbac'])
      expect(out).toMatch(new RegExp(`^ +${command} `, 'm'));
    expect(out).toContain('Exit codes');
  });

  test('of cluster lists its commands', async () => {
    const { out } = await world.run('cluster', '--help');

    for (const command of ['add', 'list', 'show', 'accept-absence', 'remove'])
      expect(out).toMatch(new RegExp(`^ +${command} `, 'm'));
  });

  test.each([
    ['cluster add'],
    ['cluster list'],
    ['cluster show'],
    ['cluster accept-absence'],
    ['cluster remove'],
    ['status'],
    ['doctor'],
    ['render'],
    ['crds'],
    ['rbac'],
  ])('of %s has examples and the options of all', async (command) => {
    const { code, out } = await world.run(...command.split(' '), '--help');

    expect(code).toBe(0);
    expect(out).toContain(`$ secretcast ${command}`);
    expect(out).toContain('--output');
  });
});

test.each([[['bogus']], [['status', '--bogus']], [['cluster']], [['status', '-o', 'xml']], [[]]])(
  '%j is wrong usage',
  async (words) => {
    expect(await world.run(...words)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/./) });
  },
);

describe('crds', () => {
  const folder = join(CHECKOUT, 'infra/crds');

  test('prints a document for each file', async () => {
    const { out } = await world.run('crds');

    const kinds = documents(out);
    expect(kinds).toHaveLength(readdirSync(folder).length);
    expect(kinds).toContainEqual(expect.objectContaining({ kind: 'CustomResourceDefinition' }));
  });

  test('prints one list for machines', async () => {
    const { out } = await world.run('crds', '-o', 'json');

    expect(JSON.parse(out)).toMatchObject({ kind: 'List', items: documents((await world.run('crds')).out) });
  });
});

test('rbac prints the manifests of its options', async () => {
  const { out } = await world.run(
    ...[
      'rbac',
      '--namespace',
      'orders',
      'billing',
      '--service-account',
      'orders/reader',
      '--group',
      'g',
      '--user',
      'u',
    ],
  );

  const serviceAccounts = [{ namespace: 'orders', name: 'reader' }];
  expect(documents(out)).toEqual(
    rbacManifests({ group: 'g', user: 'u', namespaces: ['orders', 'billing'], serviceAccounts }),
  );
});

test('rbac refuses a service account without namespace', async () => {
  expect(await world.run('rbac', '--service-account', 'reader')).toMatchObject({ code: 2 });
});

describe('status', () => {
  const versions = ['4f9f0d1c-aaaa', '4f9f0d1c-bbbb', '7', '8', '9'].map((version) => ({
    id: `id-${version}`,
    version,
  }));

  beforeEach(async () => {
    await world.tables.clusters.put(registered());
    const condition = { type: 'Ready', reason: 'SecretSynced', message: 'fine', lastTransitionTime: '' } as const;
    const status = { conditions: [{ ...condition, status: 'True' as const }] };
    const verifiedAt = world.clock.now() - 180_000;
    await world.tables.states.put('blue', externalSecretRef(), {
      state: state({ status, verifiedAt, versions, dueAt: world.clock.now() }),
      expected: 0,
    });
    await world.tables.states.put('blue', storeRef(), { state: state(), expected: 0 });
  });

  test('aligns a row for each object', async () => {
    const { code, out } = await world.run('status');

    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'CLUSTER   KIND             NAMESPACE   NAME   READY     REASON         LAST SYNC   VERSION',
      'blue      ExternalSecret   prod        app    True      SecretSynced   3m          4f9f0d1c,7,8 +1',
      'blue      SecretStore      prod        aws    Unknown   Pending        -           -',
      '',
    ]);
  });

  test('says how many objects are served less often than they ask', async () => {
    await world.tables.clusters.put(registered({ minRefreshInterval: '5m' }));
    await world.tables.mirror.put('blue', mirrored({ spec: { refreshInterval: '10s' } }));

    const { err } = await world.run('status');
    const { out } = await world.run('status', '--output', 'json');

    expect(err).toBe("note: 1 objects of blue ask to be refreshed more often than its registration's 5m\n");
    expect(JSON.parse(out).objects).toContainEqual(expect.objectContaining({ name: 'app', servedEvery: '5m' }));
  });

  test('takes filters', async () => {
    const { out } = await world.run('status', '--cluster', 'blue', '-n', 'prod', '--kind', 'SecretStore');

    expect(out).toMatch(/^blue +SecretStore/m);
    expect(out).not.toContain('ExternalSecret');
  });

  test('prints objects for machines', async () => {
    const { out } = await world.run('status', '--kind', 'ExternalSecret', '-o', 'json');

    expect(JSON.parse(out)).toEqual({
      objects: [
        {
          cluster: 'blue',
          kind: 'ExternalSecret',
          namespace: 'prod',
          name: 'app',
          ready: 'True',
          reason: 'SecretSynced',
          message: 'fine',
          failures: 0,
          lastSync: '2025-12-31T23:57:00.000Z',
          nextSync: '2026-01-01T00:00:00.000Z',
          versions: versions.map((version) => ({ ...version, createdAt: null })),
        },
      ],
    });
  });

  test('of a cluster that is not registered fails', async () => {
    expect(await world.run('status', '--cluster', 'grey')).toMatchObject({ code: 1, out: '' });
  });

  test('without objects says so', async () => {
    expect(await world.run('status', '-n', 'none')).toMatchObject({ code: 0, out: '', err: 'no objects\n' });
  });
});
