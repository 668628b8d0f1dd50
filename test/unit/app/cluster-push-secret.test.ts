import { beforeEach, describe, expect, test } from '@jest/globals';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { ObjectRef, ServedRef } from '../../../src/domain/object-ref.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import {
  ClusterForbiddenError,
  ClusterRejectedError,
  ClusterUnreachableError,
} from '../../../src/domain/sync-error.ts';
import { clusterExternalSecret, clusterPushSecret, type Manifest, namespace } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const SHARED: ServedRef = { kind: 'ClusterPushSecret', namespace: '', name: 'shared' };
const READY = { type: 'Ready', status: 'True' };
const NOT_READY = { type: 'Ready', status: 'False', message: 'one or more namespaces failed' };
const EXISTS = 'push secret already exists in namespace';
const HOUR = 3_600_000;

const ps = (within: string, name = 'shared'): ServedRef => ({ kind: 'PushSecret', namespace: within, name });
const ns = (name: string): ObjectRef => ({ kind: 'Namespace', namespace: '', name });

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const provision = (ref: ServedRef): Promise<void> => world.push(world.request([ref], { type: 'feed' }));

/** The feed catches up with the cluster: what is there is mirrored, what is gone is forgotten. */
const see = async (): Promise<void> => {
  for (const kind of ['Namespace', 'PushSecret', 'ClusterPushSecret', 'ExternalSecret'] as const) {
    const there = world.cluster().objects(kind);
    for (const { ref } of there) await world.seen(ref);
    for (const { ref, uid } of await world.tables.mirror.list('one', kind))
      if (!there.some((object) => object.uid === uid)) await world.tables.mirror.remove('one', ref, uid);
  }
};

/** One pass with all that the feed has seen, and what the feed then sees of it. */
const pass = async (ref: ServedRef = SHARED): Promise<void> => {
  await see();
  await provision(ref);
  await see();
};

const given = async (...manifests: readonly Manifest<ObjectRef>[]): Promise<void> => {
  for (const { ref, ...seed } of manifests) world.cluster().put(ref, seed);
  await pass();
};

const TEAMS: readonly Manifest<ObjectRef>[] = [
  namespace('team-a', { team: 'a' }),
  namespace('team-b', { team: 'b' }),
  namespace('other'),
];

const status = (ref: ServedRef = SHARED) => parseStatus(world.object(ref));
const object = (ref: ObjectRef): MirroredObject => world.object(ref);

/** `namespace/name` of each PushSecret. */
const places = (): readonly string[] =>
  world
    .cluster()
    .objects('PushSecret')
    .map(({ ref }) => `${ref.namespace}/${ref.name}`);

const specOf = (manifest: Manifest): Readonly<Record<string, unknown>> => ({
  ...(manifest.spec as { readonly pushSecretSpec: Readonly<Record<string, unknown>> }).pushSecretSpec, // the builder's own
});

describe('a ClusterPushSecret', () => {
  test('makes a PushSecret named like itself in each namespace it selects, and says where [PUSH62]', async () => {
    const pushSecretMetadata = { labels: { made: 'here' }, annotations: { note: 'x' } };

    await given(...TEAMS, clusterPushSecret({ spec: { pushSecretMetadata } }));

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
    expect(object(ps('team-a'))).toMatchObject({
      labels: { made: 'here' },
      annotations: { note: 'x' },
      finalizers: [],
      spec: specOf(clusterPushSecret()),
      ownerReferences: [
        {
          apiVersion: 'external-secrets.io/v1alpha1',
          kind: 'ClusterPushSecret',
          name: 'shared',
          uid: object(SHARED).uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(status()).toEqual({
      conditions: [READY],
      pushSecretName: 'shared',
      provisionedNamespaces: ['team-a', 'team-b'],
    });
    expect(world.cluster().events).toEqual([]);
  });

  test('deletes what had its earlier name when that changes, and makes it anew [PUSH62]', async () => {
    await given(...TEAMS, clusterPushSecret());

    await given(clusterPushSecret({ spec: { pushSecretName: 'renamed' } }));

    expect(places()).toEqual(['team-a/renamed', 'team-b/renamed']);
    expect(status()).toMatchObject({ pushSecretName: 'renamed', provisionedNamespaces: ['team-a', 'team-b'] });
  });

  test('keeps to the earlier name, and says so, as long as one of it cannot be deleted [PUSH62]', async () => {
    await given(...TEAMS, clusterPushSecret());
    world.cluster().forbid('delete', 'pushsecrets', 'team-a');

    await given(clusterPushSecret({ spec: { pushSecretName: 'renamed' } }));

    expect(places()).toEqual(['team-a/shared', 'team-b/renamed']);
    expect(status()).toMatchObject({
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Errored',
          message: 'failed to delete push secret',
          lastTransitionTime: expect.any(String),
        },
      ],
      pushSecretName: 'shared',
      failedNamespaces: [{ namespace: 'team-a', reason: expect.stringMatching(/^failed to delete push secret: .+/) }],
    });
    expect(world.events()).toEqual(['Warning Errored: failed to delete push secret']);
    expect(await world.state(SHARED)).toMatchObject({ failures: 1 });

    world.cluster().heal();
    await pass();

    expect(places()).toEqual(['team-a/renamed', 'team-b/renamed']);
    expect(status()).toMatchObject({ conditions: [READY], pushSecretName: 'renamed' });
  });

  test('hands on edits of spec and metadata, which replaces all labels and annotations [PUSH63]', async () => {
    await given(...TEAMS, clusterPushSecret());
    world.cluster().put(ps('team-a'), { labels: { edited: 'yes' } });
    const { uid } = object(ps('team-a'));
    const pushSecretSpec = { ...specOf(clusterPushSecret()), deletionPolicy: 'Delete' };

    await given(clusterPushSecret({ spec: { pushSecretSpec, pushSecretMetadata: { labels: { new: 'x' } } } }));

    for (const team of ['team-a', 'team-b'])
      expect(object(ps(team))).toMatchObject({ labels: { new: 'x' }, spec: { deletionPolicy: 'Delete' } });
    expect(object(ps('team-a'))).toMatchObject({ uid, labels: { new: 'x' } });
  });

  test('asks the cluster for nothing the second time, and changes nothing', async () => {
    await given(...TEAMS, clusterPushSecret());
    world.cluster().requests.reset();
    const version = world.cluster().resourceVersion;

    await pass();

    expect(world.cluster().requests.all()).toEqual({});
    expect(world.cluster().resourceVersion).toBe(version);
  });

  test('puts right what somebody edited by hand, and makes anew what somebody deleted', async () => {
    await given(...TEAMS, clusterPushSecret());
    world.cluster().put(ps('team-a'), { spec: { selector: {} } });
    world.cluster().delete(ps('team-b'));

    await pass();

    expect(object(ps('team-a')).spec).toEqual(specOf(clusterPushSecret()));
    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  });

  test('looks again at its refreshTime, and hourly without one', async () => {
    await given(clusterPushSecret());
    expect((await world.state(SHARED))?.dueAt).toBe(world.clock.now() + HOUR);

    await given(clusterPushSecret({ spec: { refreshTime: '10m' } }));
    expect((await world.state(SHARED))?.dueAt).toBe(world.clock.now() + 600_000);
  });

  test('and a ClusterExternalSecret of the same name keep apart what they made', async () => {
    await given(...TEAMS, clusterPushSecret());
    const { ref, ...seed } = clusterExternalSecret();
    world.cluster().put(ref, seed);
    await world.seen(ref);
    await world.sync(ref, { type: 'feed' });
    await see();

    await given({ ...namespace('team-a'), labels: {} });

    expect(places()).toEqual(['team-b/shared']);
    expect(world.cluster().objects('ExternalSecret')).toHaveLength(2);
  });
});

describe('a PushSecret that somebody deletes', () => {
  /** The feed says so; until it is proven, the mirror shows it. */
  const seenGone = async (within: string): Promise<void> => {
    const { uid } = object(ps(within));
    world.cluster().delete(ps(within));
    await world.push(world.request([{ ...ps(within), uid, gone: true }], { type: 'feed' }));
  };

  test('is made anew at once, although it was still remembered when the feed told of it', async () => {
    await given(...TEAMS, clusterPushSecret());
    const { uid } = object(ps('team-a'));
    world.cluster().delete(ps('team-a'));
    await provision(SHARED);
    expect(places()).toEqual(['team-b/shared']);

    await world.push(world.request([{ ...ps('team-a'), uid, gone: true }], { type: 'feed' }));
    await world.elapse(3_000);

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
    expect(object(ps('team-a')).uid).not.toBe(uid);
  });

  test('stays away with the ClusterPushSecret that made it', async () => {
    await given(...TEAMS, clusterPushSecret());
    await seenGone('team-a');
    world.cluster().delete(SHARED);
    await see();

    await world.elapse(3_000);

    expect(places()).toEqual([]);
  });
});

describe('a PushSecret that was there before', () => {
  const foreign: Manifest = { ref: ps('team-a'), labels: { mine: 'yes' }, spec: { secretStoreRefs: [] } };

  test('is not touched, and is reported; once it is removed there is room [PUSH64]', async () => {
    await given(...TEAMS, foreign, clusterPushSecret());

    expect(object(ps('team-a'))).toMatchObject({ labels: { mine: 'yes' }, spec: { secretStoreRefs: [] } });
    expect(status()).toEqual({
      conditions: [NOT_READY],
      pushSecretName: 'shared',
      provisionedNamespaces: ['team-b'],
      failedNamespaces: [{ namespace: 'team-a', reason: EXISTS }],
    });
    expect(world.cluster().events).toEqual([]);

    world.cluster().delete(ps('team-a'));
    await pass();

    expect(status()).toEqual({
      conditions: [READY],
      pushSecretName: 'shared',
      provisionedNamespaces: ['team-a', 'team-b'],
    });
  });

  test('is not deleted when its namespace is no longer selected, nor with a change of name', async () => {
    await given(...TEAMS, foreign, clusterPushSecret());

    await given(clusterPushSecret({ spec: { pushSecretName: 'renamed' } }));
    await given({ ...namespace('team-a'), labels: {} });

    expect(places()).toEqual(['team-a/shared', 'team-b/renamed']);
  });
});

describe('a namespace', () => {
  test('that loses the label loses its PushSecret [PUSH65]', async () => {
    await given(...TEAMS, clusterPushSecret());

    await given({ ...namespace('team-a'), labels: {} });

    expect(places()).toEqual(['team-b/shared']);
    expect(status().provisionedNamespaces).toEqual(['team-b']);
  });

  test('is not needed: the object is ready when none matches, or none is asked for [PUSH65]', async () => {
    await given(namespace('other'), clusterPushSecret());
    expect(status()).toEqual({ conditions: [READY], pushSecretName: 'shared' });

    await given(...TEAMS, clusterPushSecret({ spec: { namespaceSelectors: [] } }));
    expect(status()).toEqual({ conditions: [READY], pushSecretName: 'shared' });
    expect(places()).toEqual([]);
  });

  test('is selected by any of the selectors, and listed in order [PUSH65]', async () => {
    const selectors = [{ matchLabels: { team: 'b' } }, { matchLabels: { team: 'a' } }, { matchLabels: { team: 'b' } }];

    await given(...TEAMS, clusterPushSecret({ spec: { namespaceSelectors: selectors } }));

    expect(status().provisionedNamespaces).toEqual(['team-a', 'team-b']);
  });

  test('is selected by an empty selector, whatever its labels', async () => {
    await given(...TEAMS, clusterPushSecret({ spec: { namespaceSelectors: [{}] } }));

    expect(status().provisionedNamespaces).toEqual(expect.arrayContaining(['other', 'team-a', 'team-b']));
  });

  test('that cannot be emptied stays in the status with the reference’s words, and is tried again', async () => {
    await given(...TEAMS, clusterPushSecret());
    world.cluster().fail('deleteObject', new ClusterUnreachableError('no answer'));

    await given({ ...namespace('team-a'), labels: {} });
    expect(status()).toMatchObject({
      conditions: [NOT_READY],
      failedNamespaces: [
        { namespace: 'team-a', reason: 'external secret in non matching namespace could not be deleted: no answer' },
      ],
    });
    await pass();

    expect(places()).toEqual(['team-b/shared']);
    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-b'] });
  });
});

describe('nothing is deleted on the word of what is remembered', () => {
  test('of a namespace whose labels changed back since', async () => {
    await given(...TEAMS, clusterPushSecret());
    const before = object(ns('team-a'));
    const stale = { ...before, labels: {}, resourceVersion: String(BigInt(before.resourceVersion) + 1_000n) };
    await world.tables.mirror.put('one', stale);

    await provision(SHARED);

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  });

  test('of a mirror without any namespace', async () => {
    await given(...TEAMS, clusterPushSecret());
    for (const { ref, uid } of world.cluster().objects('Namespace')) await world.tables.mirror.remove('one', ref, uid);

    await provision(SHARED);

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  });
});

test('what it made and nobody remembers is found by its controller', async () => {
  await given(...TEAMS, clusterPushSecret());
  await world.tables.states.remove('one', SHARED);
  world.cluster().put(SHARED, { status: {} });

  await given(clusterPushSecret({ spec: { namespaceSelectors: [{ matchLabels: { team: 'b' } }] } }));

  expect(places()).toEqual(['team-b/shared']);
});

describe('a write', () => {
  test('that the API server refuses fails its namespace alone, with what the API server says', async () => {
    world.cluster().fail('createObject', new ClusterRejectedError('spec.dataTo[0]: Invalid value: why'));

    await given(...TEAMS, clusterPushSecret());

    expect(status()).toMatchObject({
      conditions: [NOT_READY],
      provisionedNamespaces: ['team-b'],
      failedNamespaces: [
        {
          namespace: 'team-a',
          reason: 'could not create or update push secret: spec.dataTo[0]: Invalid value: why',
        },
      ],
    });
  });

  test('that is forbidden is due again soon', async () => {
    world.cluster().fail('createObject', new ClusterForbiddenError('create pushsecrets is forbidden'));

    await given(...TEAMS, clusterPushSecret());

    expect(await world.state(SHARED)).toMatchObject({ failures: 1, dueAt: world.clock.now() + 1_000 });
  });
});

describe('after a crash', () => {
  test.each([
    ['between a PushSecret and the next', 'cluster.createObject', 1],
    ['before the status is written', 'cluster.replaceStatus', 0],
    ['before the state is remembered', 'states.put', 0],
  ])('%s, the message comes again and the end is the same', async (_, method, after) => {
    await world.apply(...TEAMS, clusterPushSecret());
    await see();
    let calls = 0;
    world.before = (call) => {
      if (call !== method) return;
      calls += 1;
      if (calls === after + 1) throw new RangeError('crash');
    };

    await expect(world.settle()).rejects.toThrow('crash');
    await world.settle();

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-a', 'team-b'] });
  });
});

test('by time it finds what no event told of', async () => {
  await given(...TEAMS, clusterPushSecret({ spec: { refreshTime: '10m' } }));
  world.cluster().delete(ps('team-a'));
  await see();

  await world.elapse(11 * 60_000);

  expect(places()).toContain('team-a/shared');
});

test('a selector that Kubernetes refuses is said, and leaves what was made', async () => {
  await given(...TEAMS, clusterPushSecret());
  const namespaceSelectors = [{ matchExpressions: [{ key: 'team', operator: 'Like', values: ['a'] }] }];

  await given(clusterPushSecret({ spec: { namespaceSelectors } }));

  expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  expect(status()).toMatchObject({
    conditions: [{ type: 'Ready', status: 'False', reason: 'Errored', message: 'failed to get target Namespaces' }],
    provisionedNamespaces: ['team-a', 'team-b'],
    failedNamespaces: [
      {
        namespace: 'unknown',
        reason: 'failed to convert label selector: "Like" is not a valid label selector operator',
      },
    ],
  });
  expect(world.events()).toEqual(['Warning Errored: failed to get target Namespaces']);

  await given(clusterPushSecret());
  expect(status()).toEqual({
    conditions: [READY],
    pushSecretName: 'shared',
    provisionedNamespaces: ['team-a', 'team-b'],
  });
});

describe('its deletion', () => {
  test('leaves it to Kubernetes to collect what it made', async () => {
    await given(...TEAMS, clusterPushSecret());

    world.cluster().delete(SHARED);

    expect(places()).toEqual([]);
  });

  test.each([['example.com/hold'], ['orphan'], ['foregroundDeletion']])(
    'takes nothing with it while %s holds it: with a PushSecret goes what it pushed',
    async (finalizer) => {
      await given(...TEAMS, clusterPushSecret({ finalizers: [finalizer] }));
      world.cluster().delete(SHARED);
      const made = places();

      await pass();

      expect(places()).toEqual(made);
      expect(object(SHARED).deletionTimestamp).toBeDefined();
    },
  );

  test('and making it anew since is not taken for an edit', async () => {
    await given(...TEAMS, clusterPushSecret());
    world.cluster().delete(SHARED);
    world.cluster().put(SHARED, { spec: clusterPushSecret().spec });

    await provision(SHARED);

    expect(places()).toEqual([]); // the cluster collected them, and this pass was the old object's
  });
});

describe('a cluster', () => {
  test('that is only observed is told nothing', async () => {
    await world.register({ mode: 'observe' });

    await given(...TEAMS, clusterPushSecret());

    expect(await world.state(SHARED)).toBeUndefined();
  });

  test('whose registration names namespaces has its ClusterPushSecrets left alone', async () => {
    await world.register({ namespaces: ['team-a'] });

    await given(...TEAMS, clusterPushSecret());

    expect(places()).toEqual([]);
    expect(world.cluster().requests.all()).toEqual({});
  });
});

test('who keeps changing a PushSecret back is answered more slowly, and named', async () => {
  await given(...TEAMS, clusterPushSecret());

  for (let round = 0; round < 4; round += 1) {
    world.cluster().put(ps('team-a'), { labels: { round: String(round) } });
    await pass();
  }

  expect(status().failedNamespaces).toEqual([
    { namespace: 'team-a', reason: expect.stringMatching(/^push secret is .*again and again/) },
  ]);
  expect(world.events().join()).toContain('Warning PushSecretContested: team-a: push secret is');
});
