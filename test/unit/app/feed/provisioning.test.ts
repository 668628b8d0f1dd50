import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ObjectRef, ServedRef } from '../../../../src/domain/object-ref.ts';
import { parseProvisioner } from '../../../../src/domain/parse-provisioner.ts';
import { wantedChild } from '../../../../src/domain/provisioning.ts';
import { clusterExternalSecret, externalSecret, namespace } from '../../../support/builders.ts';
import { createFeedWorld, type FeedWorld, type RunningFeed } from './feed-world.ts';

const SHARED: ServedRef = clusterExternalSecret().ref;
const WOKEN = 'ClusterExternalSecret/shared feed';
const es = (within: string, name = 'shared'): ServedRef => ({ kind: 'ExternalSecret', namespace: within, name });
const ns = (name: string): ObjectRef => ({ kind: 'Namespace', namespace: '', name });

let world: FeedWorld;
let feed: RunningFeed;
beforeEach(async () => {
  world = await createFeedWorld();
  world.put(namespace('team-a', { team: 'a' }), namespace('other'), clusterExternalSecret());
  make('team-a');
  await world.settled(SHARED);
  await world.settled(es('team-a'));
  feed = await world.hold();
  world.woken();
});

/** The service makes the ExternalSecret that is wanted. */
const make = (within: string): void => {
  const shared = world.cluster.object(SHARED);
  if (shared === undefined) throw new Error('no ClusterExternalSecret');
  const { ref, labels, annotations, finalizers, ownerReferences, spec } = wantedChild(parseProvisioner(shared), within);
  world.cluster.put(ref, { labels, annotations, finalizers, ownerReferences, spec });
};

/** Whether the change woke the ClusterExternalSecret. */
const wakes = async (change: () => void): Promise<boolean> => {
  change();
  await world.elapse(500);
  return world.woken().includes(WOKEN);
};

describe('a ClusterExternalSecret is woken', () => {
  test.each<[string, boolean, () => void]>([
    ['when it is edited', true, () => world.cluster.put(SHARED, { annotations: { edited: 'yes' } })],
    ['when its status alone is written', false, () => world.cluster.put(SHARED, { status: { conditions: [] } })],
    ['when a namespace begins to match', true, () => world.cluster.put(ns('other'), { labels: { team: 'b' } })],
    ['when a namespace that matches is made', true, () => world.cluster.put(ns('new'), { labels: { team: 'b' } })],
    ['when a namespace that does not match is made', false, () => world.cluster.put(ns('new'))],
    ['when a namespace stops matching', true, () => world.cluster.put(ns('team-a'), { labels: {} })],
    ['when a namespace that matches is deleted', true, () => world.cluster.delete(ns('team-a'))],
    ['when a namespace that does not match is deleted', false, () => world.cluster.delete(ns('other'))],
    [
      'when a namespace that does not match is relabelled',
      false,
      () => world.cluster.put(ns('other'), { labels: { a: 'b' } }),
    ],
    ['when its ExternalSecret is edited', true, () => world.cluster.put(es('team-a'), { spec: { data: [] } })],
    ['when its ExternalSecret is labelled', true, () => world.cluster.put(es('team-a'), { labels: { more: 'x' } })],
    [
      'when its ExternalSecret is no longer controlled',
      true,
      () => world.cluster.put(es('team-a'), { ownerReferences: [] }),
    ],
    ['when its ExternalSecret reports', false, () => world.cluster.put(es('team-a'), { status: { conditions: [] } })],
    ['when its ExternalSecret is deleted [ES107]', true, () => world.cluster.delete(es('team-a'))],
    ['when another ExternalSecret is made', false, () => world.cluster.put(es('team-a', 'own'), { spec: {} })],
    ['when one of its name is made where it wants none', false, () => world.cluster.put(es('other'), { spec: {} })],
  ])('%s: %p', async (_, woken, change) => {
    expect(await wakes(change)).toBe(woken);
  });

  test('when what was in its way is removed, and not when what is not in its way is [ES107]', async () => {
    world.put(namespace('team-b', { team: 'b' }), externalSecret({ namespace: 'team-b', name: 'shared' }));
    world.put(externalSecret({ namespace: 'other', name: 'shared' }));
    await world.elapse(500);
    world.woken();

    expect(await wakes(() => world.cluster.delete(es('other')))).toBe(false);
    expect(await wakes(() => world.cluster.delete(es('team-b')))).toBe(true);
  });

  test('by no echo of its own writes', async () => {
    world.cluster.put(ns('team-b'), { labels: { team: 'b' } });
    await world.elapse(500);
    world.woken();

    expect(await wakes(() => make('team-b'))).toBe(false);
  });

  test('when what it made is found where it wants none', async () => {
    expect(await wakes(() => make('other'))).toBe(true);
  });

  test('when a namespace stopped matching in a gap', async () => {
    await feed.stop();
    world.cluster.put(ns('team-a'), { labels: {} });
    world.cluster.forgetHistory();

    await world.hold();

    expect(world.woken()).toContain(WOKEN);
  });

  test('when its ExternalSecret went in a gap', async () => {
    await feed.stop();
    world.cluster.delete(es('team-a'));
    world.cluster.forgetHistory();

    await world.hold();

    expect(world.woken()).toContain(WOKEN);
  });

  test('for what it controls even when its own spec cannot be read', async () => {
    world.cluster.put(SHARED, { spec: { externalSecretSpec: 7 } });
    await world.elapse(500);
    world.woken();

    expect(await wakes(() => world.cluster.put(ns('other'), { labels: { team: 'b' } }))).toBe(false);
    expect(await wakes(() => world.cluster.put(es('team-a'), { labels: { more: 'x' } }))).toBe(true);
    expect(await wakes(() => world.cluster.delete(es('team-a')))).toBe(true);
  });
});

test('a ClusterExternalSecret that is gone is forgotten', async () => {
  world.cluster.delete(SHARED);
  await world.elapse(500);

  expect(await world.tables.mirror.get('one', SHARED)).toBeUndefined();
  expect(await world.tables.states.get('one', SHARED)).toBeUndefined();
});

test('a registration that names namespaces follows no ClusterExternalSecret, nor one that is remembered', async () => {
  await feed.stop();
  await world.register({ namespaces: ['team-a'] });

  await world.hold();
  world.woken();

  expect(world.cluster.openWatches).toBe(6);
  expect(await wakes(() => world.cluster.put(ns('team-a'), { labels: {} }))).toBe(false);
});
