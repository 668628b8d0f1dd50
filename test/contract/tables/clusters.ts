import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { formatPlaced } from '../../../src/domain/find-selector.ts';
import { formatRef } from '../../../src/domain/object-ref.ts';
import { formatRemoteKey } from '../../../src/domain/remote-key.ts';
import { cluster, externalSecretRef, freshName, mirrored, remoteKey, state, storeRef } from './samples.ts';

export const describeClusters = (tables: () => Tables): void => {
  describe('the registered clusters', () => {
    test('one that was never registered is absent', async () => {
      expect(await tables().clusters.get(freshName('nobody'))).toBeUndefined();
    });

    test.each([
      cluster(),
      cluster({
        connection: {
          type: 'credentials',
          server: 'https://10.0.0.1',
          credentialsSecretId: 'clusters/green',
          proxy: 'http://p',
        },
        mode: 'observe',
        namespaces: ['prod', 'test'],
        minRefreshInterval: '5m',
        absenceAcceptedAt: 1_700_000_000_000,
        labels: {},
        identity: {
          defaultRole: 'arn:aws:iam::111122223333:role/es',
          pushRole: 'arn:aws:iam::111122223333:role/push',
          allowRoles: [],
          allowServices: ['ssm'],
          allowKeys: ['/team-a/'],
          sessionTags: false,
        },
      }),
    ])('come back as they were registered, alone and listed ($connection.type)', async (registered) => {
      const mine = { ...registered, name: freshName('blue') };

      await tables().clusters.put(mine);

      expect(await tables().clusters.get(mine.name)).toEqual(mine);
      expect(await tables().clusters.list()).toContainEqual(mine);
    });

    test('a second registration under the name replaces the first, everywhere', async () => {
      const name = freshName('blue');
      await tables().clusters.put(cluster({ name, labels: { old: 'yes' } }));

      await tables().clusters.put(cluster({ name, mode: 'paused', labels: {} }));

      const listed = (await tables().clusters.list()).filter((known) => known.name === name);
      expect(listed).toEqual([cluster({ name, mode: 'paused', labels: {} })]);
      expect(await tables().clusters.get(name)).toEqual(listed[0]);
    });

    test('removal takes everything remembered of the cluster, and nothing of another', async () => {
      const gone = freshName('gone');
      const other = `${gone}-too`; // a prefix must not be enough
      for (const name of [gone, other]) await fill(tables(), name);

      await tables().clusters.remove(gone);

      expect(await contentOf(tables(), gone)).toEqual(NOTHING);
      expect(await contentOf(tables(), other)).toEqual({ ...EVERYTHING, listed: [other] });
      expect((await tables().clusters.list()).map(({ name }) => name)).not.toContain(gone);
    });

    test('removal copes with more objects than fit in one batch', async () => {
      const name = freshName('large');
      const keys = Array.from({ length: 30 }, (_, index) => remoteKey(`${name}/${index}`));
      const ref = externalSecretRef('wide');
      await tables().dependants.add(keys, { cluster: name, ref });
      await tables().states.put(name, ref, { state: state({ dependsOn: keys.map(formatRemoteKey) }), expected: 0 });

      await tables().clusters.remove(name);

      const left = await Promise.all(keys.map((key) => tables().dependants.of(key)));
      expect(left.flat()).toEqual([]);
      expect(await tables().states.list(name)).toEqual(new Map());
    });

    test('removal may be repeated', async () => {
      const name = freshName('twice');
      await fill(tables(), name);

      await tables().clusters.remove(name);
      await tables().clusters.remove(name);

      expect(await contentOf(tables(), name)).toEqual(NOTHING);
    });
  });
};

const SHARED_KEY = remoteKey('shared/by/clusters');
const { name: _, ...SHARED_PLACE } = SHARED_KEY;
const SEARCH = { location: { ...SHARED_PLACE, region: 'shared-by-clusters' }, selector: { path: 'shared/', tags: {} } };

const fill = async (tables: Tables, name: string): Promise<void> => {
  const ref = externalSecretRef();
  await tables.clusters.put(cluster({ name }));
  await tables.mirror.put(name, mirrored());
  await tables.dependants.add([SHARED_KEY], { cluster: name, ref });
  await tables.finders.add([SEARCH], { cluster: name, ref });
  await tables.users.add(name, storeRef(), ref);
  const uses = {
    dependsOn: [formatRemoteKey(SHARED_KEY)],
    stores: [formatRef(storeRef())],
    finds: [formatPlaced(SEARCH)],
  };
  await tables.states.put(name, ref, { state: state(uses), expected: 0 });
  const lease = await tables.leases.take(name, { holder: 'one', now: 1, expiresAt: 2 });
  if (lease === undefined) throw new Error('a new cluster has no lease');
  await tables.positions.put(lease, { kind: 'Secret', namespace: '' }, { resourceVersion: '7', heardAt: 1 });
};

const contentOf = async (tables: Tables, name: string) => ({
  listed: (await tables.clusters.list()).map((known) => known.name).filter((known) => known === name),
  registered: (await tables.clusters.get(name)) !== undefined,
  mirrored: (await tables.mirror.list(name, 'ExternalSecret')).length,
  states: (await tables.states.list(name)).size,
  dependants: (await tables.dependants.of(SHARED_KEY)).filter((known) => known.cluster === name).length,
  finders: (await tables.finders.of(SEARCH.location)).filter((known) => known.cluster === name).length,
  users: (await tables.users.of(name, storeRef())).length,
  leased: (await tables.leases.get(name)) !== undefined,
  feeds: (await tables.positions.list(name)).length,
});

const NOTHING = {
  listed: [],
  registered: false,
  mirrored: 0,
  states: 0,
  dependants: 0,
  finders: 0,
  users: 0,
  leased: false,
  feeds: 0,
};
const EVERYTHING = {
  registered: true,
  mirrored: 1,
  states: 1,
  dependants: 1,
  finders: 1,
  users: 1,
  leased: true,
  feeds: 1,
};
