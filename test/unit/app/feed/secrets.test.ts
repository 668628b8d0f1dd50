import { describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../../src/domain/object-ref.ts';
import type { TargetState } from '../../../../src/domain/sync-state.ts';
import type { TargetSecret } from '../../../../src/domain/target-secret.ts';
import { awsProvider, clusterSecretStore, externalSecret, secretStore, values } from '../../../support/builders.ts';
import { createFeedWorld, type FeedWorld } from './feed-world.ts';

const DB: ServedRef = externalSecret().ref;
const TARGET = { namespace: 'team-a', name: 'db' };
const KEYS = {
  auth: {
    secretRef: {
      accessKeyIDSecretRef: { name: 'keys', key: 'id' },
      secretAccessKeySecretRef: { name: 'keys', key: 's' },
    },
  },
};
const throughShared = { spec: { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } } };

const stateOf = ({ name, uid, resourceVersion }: TargetSecret): TargetState => ({ name, uid, resourceVersion });

/** A world whose feed has seen `team-a/db` and its target as the last sync left it. */
const createSyncedWorld = async () => {
  const world = await createFeedWorld();
  world.put(externalSecret());
  await world.settled(DB, { target: stateOf(world.cluster.putSecret(TARGET)) });
  const feed = await world.hold();
  world.woken();
  return { world, feed };
};

describe('a target', () => {
  test.each<[string, (world: FeedWorld) => void]>([
    ['edited', ({ cluster }) => void cluster.putSecret(TARGET, { labels: { edited: 'yes' } })],
    ['deleted', ({ cluster }) => cluster.delete({ kind: 'Secret', ...TARGET })],
  ])('that is %s wakes its ExternalSecret', async (_, change) => {
    const { world } = await createSyncedWorld();

    change(world);
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  });

  test('written by ourselves wakes nothing', async () => {
    const { world } = await createSyncedWorld();

    const written = world.cluster.putSecret(TARGET, { labels: { synced: 'yes' } });
    await world.rest();
    await world.settled(DB, { target: stateOf(written) }); // the sync remembers its write a moment after the event
    await world.elapse(250);

    expect(world.woken()).toEqual([]);
  });

  test('edited before our own newer write wakes nothing', async () => {
    const { world } = await createSyncedWorld();

    world.cluster.putSecret(TARGET, { labels: { edited: 'yes' } });
    const written = world.cluster.putSecret(TARGET, { labels: { synced: 'yes' } });
    await world.settled(DB, { target: stateOf(written) });
    await world.elapse(250);

    expect(world.woken()).toEqual([]);
  });

  test('edited wakes with the resourceVersion it was seen at, so that a sync still under way knows its own write', async () => {
    const { world } = await createSyncedWorld();

    const { resourceVersion } = world.cluster.putSecret(TARGET, { labels: { edited: 'yes' } });
    await world.elapse(250);

    const [request] = world.messages.takeAll();
    expect(request?.objects).toEqual([{ ...DB, targetResourceVersion: resourceVersion }]);
  });

  test('of creationPolicy Merge that appears wakes its ExternalSecret', async () => {
    const world = await createFeedWorld();
    world.put(externalSecret({ spec: { target: { name: 'merged', creationPolicy: 'Merge' } } }));
    await world.settled(DB);
    await world.hold();
    world.woken();

    world.cluster.putSecret({ namespace: 'team-a', name: 'merged' });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  });

  test('renamed in the spec is watched under its new name', async () => {
    const { world } = await createSyncedWorld();
    world.put(externalSecret({ spec: { target: { name: 'renamed' } } }));
    await world.elapse(250);
    world.woken();

    world.cluster.putSecret({ namespace: 'team-a', name: 'renamed' });
    world.cluster.putSecret(TARGET, { labels: { edited: 'yes' } });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  });
});

describe('a Secret', () => {
  test('that concerns nobody costs neither message nor table', async () => {
    const { world } = await createSyncedWorld();
    const calls: string[] = [];
    world.before = (call) => void calls.push(call);

    world.cluster.putSecret({ namespace: 'team-a', name: 'release-1' });
    world.cluster.putSecret({ namespace: 'kube-system', name: 'db' });
    await world.elapse(1_000);

    expect(calls).toEqual([]);
    expect(world.woken()).toEqual([]);
  });

  test('leaves neither values nor foreign annotations behind', async () => {
    const canary = 'canary-4711';
    const encoded = Buffer.from(canary).toString('base64');
    const { world, feed } = await createSyncedWorld();

    world.cluster.putSecret(TARGET, {
      data: values({ password: canary }),
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"password":"${encoded}"}}` },
    });
    await world.elapse(250);
    world.cluster.endWatches();
    world.cluster.putSecret(TARGET, { labels: { edited: 'yes' } });
    world.cluster.forgetHistory();
    world.cluster.putSecret({ namespace: 'team-a', name: 'noise' });
    await world.elapse(3_000);
    await feed.stop();
    const { sent } = world.messages;

    const kinds = ['Secret', 'ExternalSecret', 'SecretStore', 'Namespace'] as const;
    const mirror = await Promise.all(kinds.map((kind) => world.tables.mirror.list('one', kind)));
    const everything = JSON.stringify([mirror, sent, world.metrics.points]) + world.log.text();
    expect(sent).toHaveLength(2);
    expect(everything).not.toContain(canary);
    expect(everything).not.toContain(encoded);
    expect(everything).not.toContain('last-applied');
    expect(mirror[0]).toEqual([]);
  });
});

describe('credentials', () => {
  test.each<[string, (world: FeedWorld) => void]>([
    ['changed', ({ cluster }) => void cluster.putSecret({ namespace: 'team-a', name: 'keys' }, { labels: { v: '2' } })],
    ['deleted', ({ cluster }) => cluster.delete({ kind: 'Secret', namespace: 'team-a', name: 'keys' })],
  ])('that are %s wake their store', async (_, change) => {
    const world = await createFeedWorld();
    world.cluster.putSecret({ namespace: 'team-a', name: 'keys' });
    world.put(secretStore({ spec: awsProvider(KEYS) }));
    await world.hold();
    world.woken();

    change(world);
    await world.elapse(250);

    expect(world.woken()).toEqual(['SecretStore/team-a/aws feed']);
  });

  test('that a ClusterSecretStore takes from its readers namespace wake the readers there, for the store', async () => {
    const world = await createFeedWorld();
    world.put(
      clusterSecretStore({ spec: awsProvider(KEYS) }),
      externalSecret(throughShared),
      externalSecret({ name: 'other-store' }),
      externalSecret({ namespace: 'team-b', ...throughShared }),
    );
    await world.hold();
    world.woken();

    world.cluster.putSecret({ namespace: 'team-a', name: 'keys' });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db store']);
  });
});

describe('a namespace', () => {
  const createLabelledWorld = async () => {
    const world = await createFeedWorld();
    world.put(
      clusterSecretStore(),
      { ref: { kind: 'Namespace', namespace: '', name: 'team-a' }, labels: { a: '1', b: '2' } },
      externalSecret(throughShared),
      externalSecret({ name: 'other-store' }),
    );
    await world.settled(clusterSecretStore().ref);
    await world.settled(DB);
    await world.settled(externalSecret({ name: 'other-store' }).ref);
    const feed = await world.hold();
    await world.elapse(2_000);
    world.woken();
    return { world, feed };
  };
  const TEAM_A = { kind: 'Namespace', namespace: '', name: 'team-a' } as const;

  test('with other labels wakes its readers of ClusterSecretStores', async () => {
    const { world } = await createLabelledWorld();

    world.put({ ref: TEAM_A, labels: { a: '1', b: '3' } });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db store']);
  });

  test('changed in anything else wakes nobody', async () => {
    const { world } = await createLabelledWorld();

    world.put({ ref: TEAM_A, annotations: { note: 'x' } });
    world.put({ ref: TEAM_A, labels: { b: '2', a: '1' } });
    await world.elapse(250);

    expect(world.woken()).toEqual([]);
  });

  test('seen later than its ExternalSecrets wakes them', async () => {
    const { world } = await createLabelledWorld();
    const { promise, resolve } = Promise.withResolvers<void>();
    let late = true;
    world.before = (call) => {
      if (call !== 'mirror.put' || !late) return undefined;
      late = false; // the namespace's, which is made first
      return promise;
    };

    world.put(externalSecret({ namespace: 'team-b', ...throughShared }));
    await world.elapse(250);
    const early = world.woken();
    resolve();
    await world.elapse(250);

    expect(early).toEqual(['ExternalSecret/team-b/db feed']);
    expect(world.woken()).toEqual(['ExternalSecret/team-b/db feed']);
  });

  test('whose readers were not woken before the holder died wakes them at the next one', async () => {
    const { world, feed } = await createLabelledWorld();
    world.put({ ref: TEAM_A, labels: { a: '1', b: '3' } });
    await world.rest();
    feed.kill();
    await world.elapse(15_000);
    world.woken();

    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db store']);
  });

  test('that is deleted is forgotten', async () => {
    const { world } = await createLabelledWorld();

    world.cluster.delete(TEAM_A);
    await world.elapse(250);

    expect(await world.tables.mirror.get('one', TEAM_A)).toBeUndefined();
  });
});
