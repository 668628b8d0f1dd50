import { describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../../src/domain/object-ref.ts';
import type { PushedSource, PushedState } from '../../../../src/domain/push/pushed.ts';
import type { TargetSecret } from '../../../../src/domain/target-secret.ts';
import { awsProvider, clusterSecretStore, type Manifest, secretStore } from '../../../support/builders.ts';
import { createFeedWorld, type FeedWorld } from './feed-world.ts';

const PUSH: ServedRef = { kind: 'PushSecret', namespace: 'team-a', name: 'push' };
const SOURCE = { namespace: 'team-a', name: 'app' };
const WOKEN = ['PushSecret/team-a/push feed'];
const BY_STORE = ['PushSecret/team-a/push store'];
const BLUE = { matchLabels: { team: 'blue' } };

const byName = { secret: { name: 'app' } };
const byLabels = { secret: { selector: BLUE } };

const pushSecret = (spec: Readonly<Record<string, unknown>> = {}): Manifest => ({
  ref: PUSH,
  spec: { secretStoreRefs: [{ name: 'aws' }], selector: byName, ...spec },
});

const pushed = (...sources: readonly TargetSecret[]): PushedState => ({
  entries: [],
  places: {},
  sources: sources.map(({ name, uid, resourceVersion }): PushedSource => ({ name, uid, resourceVersion })),
});

/** A world whose feed has seen the PushSecret and its source as the last push left them. */
const createPushedWorld = async (spec?: Readonly<Record<string, unknown>>, labels = {}) => {
  const world = await createFeedWorld();
  world.put(pushSecret(spec));
  const source = world.cluster.putSecret(SOURCE, { labels });
  await world.settled(PUSH, { pushed: pushed(source) });
  const feed = await world.hold();
  world.woken();
  return { world, feed };
};

/** Whom a change woke. */
const wokenBy = async (world: FeedWorld, change: () => unknown): Promise<readonly string[]> => {
  change();
  await world.elapse(500);
  return world.woken();
};

describe('a PushSecret', () => {
  test.each<[string, readonly string[], (world: FeedWorld) => unknown]>([
    [
      'is made',
      ['PushSecret/team-a/other feed'],
      (world) => world.put({ ...pushSecret(), ref: { ...PUSH, name: 'other' } }),
    ],
    ['has another spec', WOKEN, (world) => world.put(pushSecret({ updatePolicy: 'IfNotExists' }))],
    ['has another label', WOKEN, (world) => world.put({ ref: PUSH, labels: { a: 'b' } })],
    ['has another annotation', WOKEN, (world) => world.put({ ref: PUSH, annotations: { a: 'b' } })],
    ['says how it is', [], (world) => world.put({ ref: PUSH, status: { refreshTime: '2026-01-01T00:00:00Z' } })],
  ])('that %s wakes %p [PUSH23]', async (_, woken, change) => {
    const { world } = await createPushedWorld();

    expect(await wokenBy(world, () => change(world))).toEqual(woken);
  });

  test('that is deleted is handed over with all that is remembered of it', async () => {
    const { world } = await createPushedWorld();
    const uid = world.cluster.object(PUSH)?.uid;

    world.cluster.delete(PUSH);
    await world.elapse(500);

    const requests = world.messages.takeAll();
    expect(requests.map(({ cause, objects }) => [cause.type, objects])).toEqual([
      ['feed', [{ ...PUSH, uid, gone: true }]],
    ]);
    expect(await world.tables.mirror.get('one', PUSH)).toMatchObject({ uid });
    expect(await world.tables.states.get('one', PUSH)).toMatchObject({ uid });
  });

  test('whose deletion fell into a gap is handed over when a list and a read by name miss it', async () => {
    const { world, feed } = await createPushedWorld();
    await feed.stop();
    const uid = world.cluster.object(PUSH)?.uid;
    world.cluster.delete(PUSH);
    world.cluster.forgetHistory();
    await world.hold();
    await world.elapse(2_000);

    expect(world.messages.takeAll().flatMap(({ objects }) => objects)).toEqual([{ ...PUSH, uid, gone: true }]);
  });

  test('that is made again a moment after its deletion is told as what it is now', async () => {
    const { world } = await createPushedWorld();

    world.cluster.delete(PUSH);
    world.put(pushSecret());
    await world.elapse(500);

    const uid = world.cluster.object(PUSH)?.uid;
    expect(world.messages.takeAll().flatMap(({ objects }) => objects)).toEqual([{ ...PUSH, uid }]);
    expect(await world.tables.mirror.get('one', PUSH)).toMatchObject({ uid });
  });
});

describe('the Secret that a PushSecret names', () => {
  test.each<[string, readonly string[], (world: FeedWorld) => unknown]>([
    ['changes', WOKEN, ({ cluster }) => cluster.putSecret(SOURCE, { labels: { v: '2' } })],
    ['is deleted', WOKEN, ({ cluster }) => cluster.delete({ kind: 'Secret', ...SOURCE })],
    ['is of another namespace', [], ({ cluster }) => cluster.putSecret({ ...SOURCE, namespace: 'team-b' })],
    ['is of another name', [], ({ cluster }) => cluster.putSecret({ ...SOURCE, name: 'other' })],
  ])('that %s wakes %p', async (_, woken, change) => {
    const { world } = await createPushedWorld();

    expect(await wokenBy(world, () => change(world))).toEqual(woken);
  });

  test('that was pushed as it is wakes nothing', async () => {
    const { world } = await createPushedWorld();

    const source = world.cluster.putSecret(SOURCE, { labels: { v: '2' } });
    await world.settled(PUSH, { pushed: pushed(source) });
    await world.elapse(500);

    expect(world.woken()).toEqual([]);
  });

  test('that appears after it was looked for in vain wakes its PushSecret', async () => {
    const world = await createFeedWorld();
    world.put(pushSecret());
    await world.settled(PUSH);
    await world.hold();
    world.woken();

    expect(await wokenBy(world, () => world.cluster.putSecret(SOURCE))).toEqual(WOKEN);
  });

  test.each<[string, (world: FeedWorld) => unknown]>([
    ['changed', ({ cluster }) => cluster.putSecret(SOURCE, { labels: { v: '2' } })],
    ['was deleted', ({ cluster }) => cluster.delete({ kind: 'Secret', ...SOURCE })],
  ])('that %s in a gap wakes its PushSecret', async (_, change) => {
    const { world, feed } = await createPushedWorld();
    await feed.stop();
    change(world);
    world.cluster.forgetHistory();
    await world.hold();
    await world.elapse(2_000);

    expect(world.woken()).toEqual(WOKEN);
  });

  test('that did not change in a gap wakes nothing', async () => {
    const { world, feed } = await createPushedWorld();
    await feed.stop();
    world.cluster.putSecret({ ...SOURCE, name: 'noise' });
    world.cluster.forgetHistory();
    await world.hold();
    await world.elapse(2_000);

    expect(world.woken()).toEqual([]);
  });
});

describe('Secrets that a PushSecret selects by labels', () => {
  test.each<[string, readonly string[], (world: FeedWorld) => unknown]>([
    ['one changes', WOKEN, ({ cluster }) => cluster.putSecret(SOURCE, { labels: { team: 'blue', v: '2' } })],
    ['one loses the label', WOKEN, ({ cluster }) => cluster.putSecret(SOURCE, { labels: { team: '' } })],
    ['one is deleted', WOKEN, ({ cluster }) => cluster.delete({ kind: 'Secret', ...SOURCE })],
    [
      'one is made',
      WOKEN,
      ({ cluster }) => cluster.putSecret({ ...SOURCE, name: 'new' }, { labels: { team: 'blue' } }),
    ],
    [
      'another is made',
      [],
      ({ cluster }) => cluster.putSecret({ ...SOURCE, name: 'new' }, { labels: { team: 'red' } }),
    ],
    [
      'one is made elsewhere [PUSH19]',
      [],
      ({ cluster }) => cluster.putSecret({ name: 'new', namespace: 'team-b' }, { labels: { team: 'blue' } }),
    ],
  ])('wake it when %s: %p', async (_, woken, change) => {
    const { world } = await createPushedWorld({ selector: byLabels }, { team: 'blue' });

    expect(await wokenBy(world, () => change(world))).toEqual(woken);
  });

  test('wake it when one that had lost the label before the feed began is deleted no more', async () => {
    const { world } = await createPushedWorld({ selector: byLabels }, { team: 'blue' });
    world.cluster.putSecret(SOURCE, { labels: { team: '' } });
    await world.elapse(500);
    world.woken();
    await world.settled(PUSH, { pushed: pushed() });

    expect(await wokenBy(world, () => world.cluster.delete({ kind: 'Secret', ...SOURCE }))).toEqual([]);
  });

  test('are asked for by name where there is a name', async () => {
    const { world } = await createPushedWorld({ selector: { secret: { name: 'app', selector: BLUE } } });

    const woken = await wokenBy(world, () =>
      world.cluster.putSecret({ ...SOURCE, name: 'new' }, { labels: { team: 'blue' } }),
    );

    expect(woken).toEqual([]);
  });
});

describe('other Secrets that shape what is pushed', () => {
  const policy = (name: string) => ({
    metadata: {
      apiVersion: 'kubernetes.external-secrets.io/v1alpha1',
      kind: 'PushSecretMetadata',
      spec: { resourcePolicy: { policySourceRef: { kind: 'Secret', name, key: 'policy' } } },
    },
  });
  const spec = {
    template: {
      templateFrom: [{ secret: { name: 'templates', items: [] } }, { configMap: { name: 'maps', items: [] } }],
    },
    data: [{ match: { remoteRef: { remoteKey: 'a' } } }, policy('policy-of-one')],
    dataTo: [policy('policy-of-many')],
  };

  test.each(['templates', 'policy-of-one', 'policy-of-many'])('wake it: %s', async (name) => {
    const { world } = await createPushedWorld(spec);

    expect(await wokenBy(world, () => world.cluster.putSecret({ ...SOURCE, name }))).toEqual(WOKEN);
    expect(await wokenBy(world, () => world.cluster.delete({ kind: 'Secret', ...SOURCE, name }))).toEqual(WOKEN);
  });

  test.each(['maps', 'keys'])('wake it not: %s', async (name) => {
    const { world } = await createPushedWorld(spec);

    expect(await wokenBy(world, () => world.cluster.putSecret({ ...SOURCE, name }))).toEqual([]);
  });

  test('are known of a spec that is broken elsewhere', async () => {
    const { world } = await createPushedWorld({ ...spec, secretStoreRefs: 7, data: [7], selector: { secret: 'app' } });

    expect(await wokenBy(world, () => world.cluster.putSecret({ ...SOURCE, name: 'templates' }))).toEqual(WOKEN);
  });

  test('a spec that is none concerns nothing', async () => {
    const world = await createFeedWorld();
    world.put({ ref: PUSH, spec: 'text' });
    await world.hold();
    world.woken();

    expect(await wokenBy(world, () => world.cluster.putSecret(SOURCE))).toEqual([]);
  });
});

describe('a store that a PushSecret pushes to', () => {
  const selected = { secretStoreRefs: [{ kind: 'SecretStore', labelSelector: BLUE }] };
  const shared = { secretStoreRefs: [{ kind: 'ClusterSecretStore', name: 'shared' }] };
  const STORE = secretStore().ref;

  const storeWorld = async (spec: Readonly<Record<string, unknown>>, ...stores: readonly Manifest[]) => {
    const world = await createFeedWorld();
    world.put(...stores, pushSecret(spec));
    for (const { ref } of stores) await world.settled(ref);
    await world.settled(PUSH);
    const feed = await world.hold();
    await world.elapse(500);
    world.woken();
    return { world, feed };
  };
  const wokenPushers = async (world: FeedWorld, change: () => unknown) =>
    (await wokenBy(world, change)).filter((woken) => woken.startsWith('PushSecret'));

  test.each<[string, Readonly<Record<string, unknown>>, readonly string[], (world: FeedWorld) => unknown]>([
    ['named, and edited', {}, BY_STORE, (world) => world.put(secretStore({ spec: awsProvider({ prefix: 'x/' }) }))],
    ['named, and deleted', {}, BY_STORE, (world) => world.cluster.delete(STORE)],
    ['named, and reports', {}, [], (world) => world.put({ ref: STORE, status: { conditions: [] } })],
    ['of another name', {}, [], (world) => world.put(secretStore({ name: 'other' }))],
    ['of another namespace', {}, [], (world) => world.put(secretStore({ namespace: 'team-b' }))],
    ['selected from now on', selected, BY_STORE, (world) => world.put({ ref: STORE, labels: { team: 'blue' } })],
    ['not selected', selected, [], (world) => world.put({ ref: STORE, labels: { team: 'red' } })],
  ])('%s wakes it', async (...[, spec, woken, change]) => {
    const { world } = await storeWorld(spec, secretStore());

    expect(await wokenPushers(world, () => change(world))).toEqual(woken);
  });

  test.each<[string, (world: FeedWorld) => unknown]>([
    ['no longer selected', (world) => world.put({ ref: STORE, labels: { team: '' } })],
    ['selected, and deleted', (world) => world.cluster.delete(STORE)],
  ])('%s wakes it', async (_, change) => {
    const { world } = await storeWorld(selected, secretStore({ labels: { team: 'blue' } }));

    expect(await wokenPushers(world, () => change(world))).toEqual(BY_STORE);
  });

  test('for the whole cluster wakes it, and so do its credentials and the labels of its own namespace', async () => {
    const keys = {
      accessKeyIDSecretRef: { name: 'keys', key: 'id' },
      secretAccessKeySecretRef: { name: 'keys', key: 's' },
    };
    const store = clusterSecretStore({ spec: awsProvider({ auth: { secretRef: keys } }) });
    const team = { kind: 'Namespace', namespace: '', name: 'team-a' } as const;
    const world = await createFeedWorld();
    world.put({ ref: team }, store, pushSecret(shared));
    await world.hold();
    await world.elapse(500);
    world.woken();

    expect(await wokenPushers(world, () => world.put({ ref: store.ref, annotations: { a: 'b' } }))).toEqual(BY_STORE);
    expect(await wokenPushers(world, () => world.cluster.putSecret({ ...SOURCE, name: 'keys' }))).toEqual(BY_STORE);
    expect(await wokenPushers(world, () => world.put({ ref: team, labels: { a: 'b' } }))).toEqual(BY_STORE);
    expect(
      await wokenPushers(world, () => world.put({ ref: { ...team, name: 'team-b' }, labels: { a: 'b' } })),
    ).toEqual([]);
  });
});

test('a Secret leaves no value behind, whether it is pushed or not', async () => {
  const canary = 'canary-4711';
  const { world } = await createPushedWorld({ selector: byLabels }, { team: 'blue' });

  for (const team of ['blue', 'red'])
    world.cluster.putSecret(SOURCE, {
      labels: { team },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': canary },
    });
  await world.elapse(500);

  const mirror = await world.tables.mirror.list('one', 'Secret');
  expect(mirror).toEqual([]);
  expect(JSON.stringify([world.messages.sent, world.metrics.points]) + world.log.text()).not.toContain(canary);
});
