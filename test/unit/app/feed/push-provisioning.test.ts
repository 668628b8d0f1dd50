import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ObjectRef, ServedRef } from '../../../../src/domain/object-ref.ts';
import { parseProvisioner } from '../../../../src/domain/parse-provisioner.ts';
import { wantedChild } from '../../../../src/domain/provisioning.ts';
import { clusterExternalSecret, clusterPushSecret, namespace } from '../../../support/builders.ts';
import { createFeedWorld, type FeedWorld } from './feed-world.ts';

const SHARED: ServedRef = clusterPushSecret().ref;
const WOKEN = 'ClusterPushSecret/shared feed';
const ps = (within: string, name = 'shared'): ServedRef => ({ kind: 'PushSecret', namespace: within, name });
const es = (within: string): ServedRef => ({ kind: 'ExternalSecret', namespace: within, name: 'shared' });
const ns = (name: string): ObjectRef => ({ kind: 'Namespace', namespace: '', name });

let world: FeedWorld;
beforeEach(async () => {
  world = await createFeedWorld();
  world.put(namespace('team-a', { team: 'a' }), namespace('other'), clusterPushSecret());
  make('team-a');
  await world.settled(SHARED);
  await world.settled(ps('team-a'));
  await world.hold();
  world.woken();
});

/** The service makes the PushSecret that is wanted. */
const make = (within: string): void => {
  const shared = world.cluster.object(SHARED);
  if (shared === undefined) throw new Error('no ClusterPushSecret');
  const { ref, uid: _, resourceVersion: __, ...seed } = wantedChild(parseProvisioner(shared), within);
  world.cluster.put(ref, seed);
};

const wakes = async (change: () => void): Promise<readonly string[]> => {
  change();
  await world.elapse(500);
  return world.woken();
};

describe('a ClusterPushSecret is woken', () => {
  test.each<[string, boolean, () => void]>([
    ['when it is edited', true, () => world.cluster.put(SHARED, { annotations: { edited: 'yes' } })],
    ['when its status alone is written', false, () => world.cluster.put(SHARED, { status: { conditions: [] } })],
    ['when a namespace begins to match', true, () => world.cluster.put(ns('other'), { labels: { team: 'b' } })],
    ['when a namespace stops matching', true, () => world.cluster.put(ns('team-a'), { labels: {} })],
    ['when a namespace that matches is made', true, () => world.cluster.put(ns('new'), { labels: { team: 'b' } })],
    ['when a namespace that matches is deleted', true, () => world.cluster.delete(ns('team-a'))],
    ['when a namespace that does not match is made', false, () => world.cluster.put(ns('new'))],
    ['when its PushSecret is edited', true, () => world.cluster.put(ps('team-a'), { spec: { data: [] } })],
    ['when its PushSecret reports', false, () => world.cluster.put(ps('team-a'), { status: { conditions: [] } })],
    ['when its PushSecret is deleted', true, () => world.cluster.delete(ps('team-a'))],
    ['when another PushSecret is made', false, () => world.cluster.put(ps('team-a', 'own'), { spec: {} })],
    ['when an ExternalSecret of its name is made', false, () => world.cluster.put(es('team-a'), { spec: {} })],
  ])('%s: %p', async (_, woken, change) => {
    expect((await wakes(change)).includes(WOKEN)).toBe(woken);
  });

  test('by what is in its way when that goes [PUSH64]', async () => {
    world.put(namespace('team-b', { team: 'b' }), { ref: ps('team-b'), spec: {} });
    await world.elapse(500);
    world.woken();

    expect(await wakes(() => world.cluster.delete(ps('team-b')))).toContain(WOKEN);
  });

  test('by no echo of its own writes', async () => {
    world.cluster.put(ns('team-b'), { labels: { team: 'b' } });
    await world.elapse(500);
    world.woken();

    expect(await wakes(() => make('team-b'))).not.toContain(WOKEN);
  });

  test('by no change that concerns a ClusterExternalSecret of its name', async () => {
    world.put(clusterExternalSecret());
    await world.elapse(500);
    world.woken();

    const woken = await wakes(() => world.cluster.put(es('team-a'), { spec: {} }));

    expect(woken).toContain('ClusterExternalSecret/shared feed');
    expect(woken).not.toContain(WOKEN);
  });
});
