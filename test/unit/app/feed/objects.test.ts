import { describe, expect, test } from '@jest/globals';
import type { ObjectRef, ServedRef } from '../../../../src/domain/object-ref.ts';
import type { RemoteKey } from '../../../../src/domain/remote-key.ts';
import { formatRemoteKey } from '../../../../src/domain/remote-key.ts';
import { clusterSecretStore, externalSecret, type Manifest, secretStore } from '../../../support/builders.ts';
import { createFeedWorld, type FeedWorld } from './feed-world.ts';
import { tableAway } from './table-away.ts';

const DB: ServedRef = externalSecret().ref;
const STORE: ServedRef = secretStore().ref;
const KEY: RemoteKey = { account: '111122223333', region: 'eu-central-1', service: 'secretsmanager', name: 'prod/db' };

/** A world whose feed has seen a store and an ExternalSecret, both settled. */
const createHeldWorld = async () => {
  const world = await createFeedWorld();
  world.put(secretStore(), externalSecret());
  await world.settled(DB);
  await world.settled(STORE);
  const feed = await world.hold();
  world.woken();
  return { world, feed };
};

const versionInMirror = async (world: FeedWorld, ref: ObjectRef) =>
  (await world.tables.mirror.get('one', ref))?.resourceVersion;

describe('the first list', () => {
  test('mirrors everything and wakes it, stores before ExternalSecrets', async () => {
    const world = await createFeedWorld();
    world.put(externalSecret({ name: 'a' }), externalSecret({ name: 'b' }), secretStore(), clusterSecretStore());

    await world.hold();

    expect(world.woken()).toEqual([
      'ClusterSecretStore/shared feed',
      'SecretStore/team-a/aws feed',
      'ExternalSecret/team-a/a feed',
      'ExternalSecret/team-a/b feed',
    ]);
    expect(await world.mirroredRefs()).toHaveLength(4);
  });

  test('of stores comes before that of ExternalSecrets even when it takes long', async () => {
    const world = await createFeedWorld();
    world.put(externalSecret(), secretStore());
    const { promise, resolve } = Promise.withResolvers<void>();
    const { listObjects } = world.cluster.client;
    world.answers = {
      listObjects: async (kind, page, signal) => {
        if (kind === 'SecretStore') await promise;
        return listObjects(kind, page, signal);
      },
    };

    await world.hold();
    await world.elapse(1_000);
    const early = world.woken();
    resolve();
    await world.elapse(500);

    expect(early).toEqual([]);
    expect(world.woken()).toEqual(['SecretStore/team-a/aws feed', 'ExternalSecret/team-a/db feed']);
  });

  test('goes on without a kind that may not be listed', async () => {
    const world = await createFeedWorld();
    world.put(externalSecret());
    world.cluster.forbid('list', 'clustersecretstores');

    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
    expect(world.metrics.total('FeedFailures', { kind: 'ClusterSecretStore', reason: 'ClusterForbidden' })).toBe(1);
  });

  test('of many pages is taken in whole', async () => {
    const world = await createFeedWorld();
    for (let index = 0; index < 1_100; index += 1) world.put(externalSecret({ name: `es-${index}` }));

    await world.hold();

    expect(world.woken()).toHaveLength(1_100);
    expect(world.cluster.requests.count({ verb: 'list', resource: 'externalsecrets' })).toBe(3);
  });
});

describe('an object', () => {
  test.each<[string, Partial<Omit<Manifest, 'ref'>>]>([
    ['spec', { spec: { refreshInterval: '2h' } }],
    ['labels', { labels: { team: 'b' } }],
    ['annotations', { annotations: { 'force-sync': '1' } }],
    ['finalizers', { finalizers: ['example.com/hold'] }],
  ])('is mirrored and woken when its %s change [ES46]', async (_, change) => {
    const { world } = await createHeldWorld();

    world.put({ ref: DB, ...change });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
    expect(await versionInMirror(world, DB)).toBe(world.cluster.resourceVersion);
  });

  test('made later is mirrored and woken', async () => {
    const { world } = await createHeldWorld();

    world.put(externalSecret({ name: 'later' }));
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/later feed']);
  });

  test('whose status alone changes wakes nothing and is not mirrored again [ES46]', async () => {
    const { world } = await createHeldWorld();
    const mirrored = await versionInMirror(world, DB);
    const writes: string[] = [];
    world.before = (call) => void (call === 'mirror.put' && writes.push(call));

    world.put({ ref: DB, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    await world.elapse(3_000);

    expect(world.woken()).toEqual([]);
    expect(writes).toEqual([]);
    expect(await versionInMirror(world, DB)).toBe(mirrored);
    expect((await world.position('ExternalSecret'))?.resourceVersion).toBe(world.cluster.resourceVersion);
  });

  test('edited several times in a moment is woken once', async () => {
    const { world } = await createHeldWorld();

    for (const team of ['a', 'b', 'c']) world.put({ ref: DB, labels: { team } });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  });

  test('that is mirrored and never came to a state is woken when a lease is taken', async () => {
    const { world, feed } = await createHeldWorld();
    await feed.stop();
    await world.tables.states.remove('one', DB);

    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  });

  test('without a state is left alone when a cluster is observed only, which keeps none', async () => {
    const { world, feed } = await createHeldWorld();
    await feed.stop();
    await world.tables.states.remove('one', DB);
    await world.register({ mode: 'observe' });

    await world.hold();

    expect(world.woken()).toEqual([]);
  });
});

describe('a deleted object', () => {
  const createKnown = async () => {
    const held = await createHeldWorld();
    const { world } = held;
    await world.tables.dependants.add([KEY], { cluster: 'one', ref: DB });
    await world.tables.users.add('one', STORE, DB);
    await world.settled(DB, { dependsOn: [formatRemoteKey(KEY)], stores: ['SecretStore/team-a/aws'] });
    return held;
  };
  const traces = async (world: FeedWorld) => ({
    mirror: await world.tables.mirror.get('one', DB),
    state: await world.tables.states.get('one', DB),
    dependants: await world.tables.dependants.of(KEY),
    users: await world.tables.users.of('one', STORE),
  });
  const NOTHING = { mirror: undefined, state: undefined, dependants: [], users: [] };

  test('is forgotten with its state, dependants and stores, and nothing is deleted in the cluster', async () => {
    const { world } = await createKnown();

    world.cluster.delete(DB);
    await world.elapse(250);

    expect(await traces(world)).toEqual(NOTHING);
    expect(world.woken()).toEqual([]);
    expect(world.cluster.requests.count({ verb: 'delete' })).toBe(0);
  });

  test.each(['dependants.remove', 'users.remove', 'states.remove', 'mirror.remove'])(
    'is forgotten wholly when %s fails the first time',
    async (call) => {
      const { world } = await createKnown();
      let failed = false;
      world.before = (made) => {
        if (made !== call || failed) return;
        failed = true;
        throw tableAway();
      };

      world.cluster.delete(DB);
      await world.elapse(2_000);

      expect(failed).toBe(true);
      expect(await traces(world)).toEqual(NOTHING);
    },
  );

  test('leaves one of the same name made since alone', async () => {
    const { world, feed } = await createKnown();
    await feed.stop();
    world.cluster.delete(DB);
    world.put(externalSecret());
    await world.tables.mirror.put('one', { ...(world.cluster.object(DB) ?? missing()), seenAt: 0 });
    await world.settled(DB);

    await world.hold();

    expect((await world.tables.mirror.get('one', DB))?.uid).toBe(world.cluster.object(DB)?.uid);
    expect((await world.tables.states.get('one', DB))?.uid).toBe(world.cluster.object(DB)?.uid);
  });
});

const missing = (): never => {
  throw new Error('no such object');
};
