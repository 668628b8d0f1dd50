import { beforeEach, describe, expect, test } from '@jest/globals';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { ObjectRef, ServedRef } from '../../../src/domain/object-ref.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import {
  ClusterForbiddenError,
  ClusterRejectedError,
  ClusterUnreachableError,
  WriteConflictError,
} from '../../../src/domain/sync-error.ts';
import { clusterExternalSecret, externalSecret, type Manifest, namespace } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const SHARED: ServedRef = { kind: 'ClusterExternalSecret', namespace: '', name: 'shared' };
const READY = { type: 'Ready', status: 'True' };
const NOT_READY = { type: 'Ready', status: 'False', message: 'one or more namespaces failed' };
const EXISTS = 'external secret already exists in namespace';
const HOUR = 3_600_000;

const es = (within: string, name = 'shared'): ServedRef => ({ kind: 'ExternalSecret', namespace: within, name });
const ns = (name: string): ObjectRef => ({ kind: 'Namespace', namespace: '', name });

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** The feed catches up with the cluster: what is there is mirrored, what is gone is forgotten. */
const see = async (): Promise<void> => {
  for (const kind of ['Namespace', 'ExternalSecret', 'ClusterExternalSecret'] as const) {
    const there = world.cluster().objects(kind);
    for (const { ref } of there) await world.seen(ref);
    for (const { ref, uid } of await world.tables.mirror.list('one', kind))
      if (!there.some((object) => object.uid === uid)) await world.tables.mirror.remove('one', ref, uid);
  }
};

/** Somebody applies manifests, the feed sees them, and the ClusterExternalSecret is looked at. */
const given = async (...manifests: readonly Manifest<ObjectRef>[]): Promise<void> => {
  await world.apply(...manifests);
  await see();
  world.takeReady();
  await pass();
};

/** One pass with all that the feed has seen. */
const pass = async (ref: ServedRef = SHARED): Promise<void> => {
  await world.sync(ref, { type: 'feed' });
  await see();
};

const TEAMS: readonly Manifest<ObjectRef>[] = [
  namespace('team-a', { team: 'a' }),
  namespace('team-b', { team: 'b' }),
  namespace('other'),
];

const status = (ref: ServedRef = SHARED) => parseStatus(world.object(ref));

/** `namespace/name` of each ExternalSecret. */
const places = (): readonly string[] =>
  world
    .cluster()
    .objects('ExternalSecret')
    .map(({ ref }) => `${ref.namespace}/${ref.name}`);

const writes = (): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(world.cluster().requests.all()).filter(([request]) => !/^(get|list|watch) /.test(request)),
  );

const object = (ref: ObjectRef): MirroredObject => world.object(ref);

describe('a ClusterExternalSecret', () => {
  test('makes its ExternalSecret in each namespace it selects, and says where [ES103]', async () => {
    const externalSecretMetadata = { labels: { made: 'here' }, annotations: { note: 'x' } };

    await given(...TEAMS, clusterExternalSecret({ spec: { externalSecretMetadata } }));

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
    expect(object(es('team-a'))).toMatchObject({
      labels: { made: 'here' },
      annotations: { note: 'x' },
      finalizers: [],
      spec: externalSecret().spec,
      ownerReferences: [
        {
          apiVersion: 'external-secrets.io/v1',
          kind: 'ClusterExternalSecret',
          name: 'shared',
          uid: object(SHARED).uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(status()).toEqual({
      conditions: [READY],
      externalSecretName: 'shared',
      provisionedNamespaces: ['team-a', 'team-b'],
    });
    expect(world.cluster().events).toEqual([]);
  });

  test('asks the cluster for nothing the second time, and changes nothing', async () => {
    await given(...TEAMS, clusterExternalSecret());
    world.cluster().requests.reset();
    const version = world.cluster().resourceVersion;

    await pass();
    await world.sync(SHARED, { type: 'due' });

    expect(world.cluster().requests.all()).toEqual({});
    expect(world.cluster().resourceVersion).toBe(version);
  });

  test('reads and writes nothing but what it must where the mirror lags behind its own writes', async () => {
    await world.apply(...TEAMS, clusterExternalSecret());
    await see();
    await world.sync(SHARED);
    world.cluster().requests.reset();

    await world.sync(SHARED); // the feed has not seen the ExternalSecrets yet

    expect(writes()).toEqual({});
    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  });

  test('asks the mirror for no ExternalSecret but those it may own', async () => {
    await given(...TEAMS, clusterExternalSecret());
    const calls: string[] = [];
    world.before = (call) => void (call.startsWith('mirror.') && calls.push(call));

    await pass();

    // The object itself; namespaces; what it controls, and what has its name in the namespaces it selects.
    expect(calls).toEqual(['mirror.getMany', 'mirror.list', 'mirror.controlledBy', 'mirror.getMany']);
  });

  test('is ready with no namespace at all when none matches [ES110]', async () => {
    await given(namespace('other'), clusterExternalSecret());

    expect(places()).toEqual([]);
    expect(status()).toEqual({ conditions: [READY], externalSecretName: 'shared' });
  });

  test('takes unlisted label values and unknown names for nothing [ES109 ES111]', async () => {
    const namespaceSelector = { matchExpressions: [{ key: 'team', operator: 'In', values: ['b'] }] };

    await given(...TEAMS, clusterExternalSecret({ spec: { namespaceSelector, namespaces: ['other', 'nowhere'] } }));

    expect(status().provisionedNamespaces).toEqual(['other', 'team-b']);
  });

  test('hands on edits of spec and metadata [ES105]', async () => {
    await given(...TEAMS, clusterExternalSecret());
    const externalSecretSpec = { ...(externalSecret().spec as object), refreshInterval: '5m' }; // the builder's own
    const uid = object(es('team-a')).uid;

    await given(
      clusterExternalSecret({ spec: { externalSecretSpec, externalSecretMetadata: { labels: { new: 'x' } } } }),
    );

    for (const team of ['team-a', 'team-b'])
      expect(object(es(team))).toMatchObject({ labels: { new: 'x' }, spec: { refreshInterval: '5m' } });
    expect(object(es('team-a')).uid).toBe(uid);
  });

  test('sets the force-sync annotation it has, and takes it away again [ES112]', async () => {
    const annotations = { 'external-secrets.io/force-sync': '1' };
    await given(...TEAMS, clusterExternalSecret({ annotations }));
    expect(object(es('team-a')).annotations).toEqual(annotations);

    await given(clusterExternalSecret({ annotations: {} }));

    expect(object(es('team-a')).annotations).toEqual({});
  });

  test('puts right what somebody edited by hand, and makes anew what somebody deleted', async () => {
    await given(...TEAMS, clusterExternalSecret());
    world.cluster().put(es('team-a'), { labels: { edited: 'yes' }, spec: { data: [] } });
    world.cluster().delete(es('team-b'));
    await see();

    await pass();

    expect(object(es('team-a'))).toMatchObject({ labels: {}, spec: externalSecret().spec });
    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  });

  test('deletes what had its earlier name when that changes [ES104]', async () => {
    await given(...TEAMS, clusterExternalSecret());

    await given(clusterExternalSecret({ spec: { externalSecretName: 'renamed' } }));

    expect(places()).toEqual(['team-a/renamed', 'team-b/renamed']);
    expect(status()).toMatchObject({ externalSecretName: 'renamed', provisionedNamespaces: ['team-a', 'team-b'] });
  });

  test('keeps to the earlier name, and says so, as long as one of it cannot be deleted [ES104]', async () => {
    await given(...TEAMS, clusterExternalSecret());
    world.cluster().forbid('delete', 'externalsecrets', 'team-a');

    await given(clusterExternalSecret({ spec: { externalSecretName: 'renamed' } }));

    expect(places()).toEqual(['team-a/shared', 'team-b/renamed']);
    expect(status()).toMatchObject({
      conditions: [NOT_READY],
      externalSecretName: 'shared',
      provisionedNamespaces: ['team-b'],
      failedNamespaces: [{ namespace: 'team-a', reason: expect.stringMatching(/^could not delete ExternalSecret: /) }],
    });

    world.cluster().heal();
    await world.elapse(2_000);

    expect(places()).toEqual(['team-a/renamed', 'team-b/renamed']);
    expect(status()).toMatchObject({ conditions: [READY], externalSecretName: 'renamed' });
  });

  test('looks again at its refreshTime, hourly without one, and daily when that is zero', async () => {
    await given(clusterExternalSecret({ spec: { refreshTime: '10m' } }), clusterExternalSecret({ name: 'hourly' }));
    await given(clusterExternalSecret({ name: 'never', spec: { refreshTime: '0' } }));
    for (const name of ['hourly', 'never']) await pass({ ...SHARED, name });
    const now = world.clock.now();

    const dueIn = async (name: string) => ((await world.state({ ...SHARED, name }))?.dueAt ?? 0) - now;
    expect([await dueIn('shared'), await dueIn('hourly'), await dueIn('never')]).toEqual([600_000, HOUR, 24 * HOUR]);
  });

  test('finds by time what no event told of', async () => {
    await given(...TEAMS, clusterExternalSecret({ spec: { refreshTime: '10m' } }));
    world.cluster().delete(es('team-a'));
    await see();

    await world.elapse(11 * 60_000);

    expect(places()).toContain('team-a/shared');
  });
});

describe('an ExternalSecret that was there before', () => {
  const foreign = externalSecret({ namespace: 'team-a', name: 'shared', labels: { mine: 'yes' } });

  test('is not touched, and is reported [ES106]', async () => {
    await given(...TEAMS, foreign);
    const before = object(es('team-a'));

    await given(clusterExternalSecret());

    expect(object(es('team-a'))).toEqual(before);
    expect(status()).toEqual({
      conditions: [NOT_READY],
      externalSecretName: 'shared',
      provisionedNamespaces: ['team-b'],
      failedNamespaces: [{ namespace: 'team-a', reason: EXISTS }],
    });
    expect((await world.state(SHARED))?.dueAt).toBe(world.clock.now() + HOUR);
  });

  test('makes room when it is removed [ES107]', async () => {
    await given(...TEAMS, foreign, clusterExternalSecret());
    world.cluster().delete(es('team-a'));
    await see();

    await pass();

    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-a', 'team-b'] });
    expect(status().failedNamespaces).toBeUndefined();
  });

  test('is not deleted when its namespace is no longer selected, nor with the object', async () => {
    await given(...TEAMS, foreign, clusterExternalSecret());

    await given({ ...namespace('team-a'), labels: {} });
    world.cluster().put(SHARED, { finalizers: ['example.com/hold'] });
    world.cluster().delete(SHARED);
    await see();
    await pass();

    expect(places()).toEqual(['team-a/shared']);
  });

  test('of another ClusterExternalSecret is not touched either [ES106]', async () => {
    await given(...TEAMS, clusterExternalSecret());
    const before = object(es('team-a'));

    await given(clusterExternalSecret({ name: 'second', spec: { externalSecretName: 'shared' } }));
    await pass({ ...SHARED, name: 'second' });

    expect(object(es('team-a'))).toEqual(before);
    expect(status({ ...SHARED, name: 'second' }).failedNamespaces).toEqual([
      { namespace: 'team-a', reason: EXISTS },
      { namespace: 'team-b', reason: EXISTS },
    ]);
  });

  test('that somebody makes at the same moment is seen, and not touched', async () => {
    await world.apply(...TEAMS, clusterExternalSecret());
    await see();
    world.takeReady();
    world.cluster().before('createObject', () => void world.cluster().put(es('team-a'), { spec: {} }));

    await pass();

    expect(object(es('team-a')).ownerReferences).toBeUndefined();
    expect(status()).toMatchObject({ failedNamespaces: [{ namespace: 'team-a', reason: EXISTS }] });
  });
});

describe('a namespace', () => {
  test('that stops matching loses its ExternalSecret [ES108]', async () => {
    await given(...TEAMS, clusterExternalSecret());

    await given({ ...namespace('team-a'), labels: {} });

    expect(places()).toEqual(['team-b/shared']);
    expect(status().provisionedNamespaces).toEqual(['team-b']);
  });

  test('that begins to match gets one', async () => {
    await given(...TEAMS, clusterExternalSecret());

    await given(namespace('other', { team: 'c' }));

    expect(status().provisionedNamespaces).toEqual(['other', 'team-a', 'team-b']);
  });

  test('that cannot be emptied stays in the status, and is tried again until it is', async () => {
    await given(...TEAMS, clusterExternalSecret());
    world.cluster().fail('deleteObject', new ClusterUnreachableError('no answer'));

    await given({ ...namespace('team-a'), labels: {} });
    expect(status()).toMatchObject({
      conditions: [NOT_READY],
      failedNamespaces: [{ namespace: 'team-a', reason: 'could not delete ExternalSecret: no answer' }],
    });
    await world.elapse(2_000);

    expect(places()).toEqual(['team-b/shared']);
    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-b'] });
  });

  test('on its way out gets none, and is neither provisioned nor failed', async () => {
    await world.apply(...TEAMS, clusterExternalSecret());
    await see();
    world.takeReady();
    world.cluster().put(ns('team-a'), { finalizers: ['example.com/hold'] });
    world.cluster().delete(ns('team-a'));

    await pass();

    expect(places()).toEqual(['team-b/shared']);
    expect(status()).toEqual({ conditions: [READY], externalSecretName: 'shared', provisionedNamespaces: ['team-b'] });
    expect(object(ns('team-a')).finalizers).toEqual(['example.com/hold']);
  });

  test('that is gone is no failure', async () => {
    await given(...TEAMS, clusterExternalSecret());
    world.cluster().delete(ns('team-a'));
    await see();

    await pass();

    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-b'] });
  });

  test('is given no finalizer', async () => {
    await given(...TEAMS, clusterExternalSecret());

    expect(
      world
        .cluster()
        .objects('Namespace')
        .flatMap(({ finalizers }) => finalizers),
    ).toEqual([]);
  });
});

describe('nothing is deleted on the word of what is remembered', () => {
  test('of a namespace whose labels changed back since', async () => {
    await given(...TEAMS, clusterExternalSecret());
    await given({ ...namespace('other'), labels: {} });
    const before = object(ns('team-a'));
    const stale = { ...before, labels: {}, resourceVersion: String(BigInt(before.resourceVersion) + 1_000n) };
    await world.tables.mirror.put('one', stale);

    await world.sync(SHARED);

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
    expect(status().provisionedNamespaces).toEqual(['team-a', 'team-b']);
  });

  test('of a mirror without any namespace', async () => {
    await given(...TEAMS, clusterExternalSecret());
    for (const { ref, uid } of world.cluster().objects('Namespace')) await world.tables.mirror.remove('one', ref, uid);

    await world.sync(SHARED);

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
    expect(status().provisionedNamespaces).toEqual(['team-a', 'team-b']);
  });

  test('of an object that was edited since', async () => {
    await given(...TEAMS, clusterExternalSecret({ spec: { namespaceSelector: { matchLabels: { team: 'a' } } } }));
    world.cluster().put(SHARED, { spec: clusterExternalSecret().spec }); // the feed has not told of it
    world.cluster().put(ns('team-a'), { labels: { team: 'c' } });
    await world.seen(ns('team-a'));

    await world.sync(SHARED);

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  });

  test('of an object that was deleted and made anew since', async () => {
    await given(...TEAMS, clusterExternalSecret());
    const { uid, ref } = object(SHARED);
    world.cluster().delete(SHARED);
    world.cluster().put(SHARED, { spec: clusterExternalSecret().spec });

    await world.sync(SHARED);

    expect(places()).toEqual([]); // the cluster collected them, and this pass was the old object's
    expect((await world.tables.mirror.get('one', ref))?.uid).toBe(uid);
    expect(status()).toEqual({ conditions: [] });
  });
});

test('what it made and nobody remembers is found by its controller', async () => {
  await given(...TEAMS, clusterExternalSecret());
  await world.tables.states.remove('one', SHARED);
  world.cluster().put(SHARED, { status: {} });
  await see();

  await given(clusterExternalSecret({ spec: { namespaceSelector: { matchLabels: { team: 'b' } } } }));

  expect(places()).toEqual(['team-b/shared']);
});

describe('a write', () => {
  test('that loses against another writer is decided on anew', async () => {
    await given(...TEAMS, clusterExternalSecret());
    world.cluster().put(es('team-a'), { labels: { edited: 'yes' } });
    await see();
    const edit = () => void world.cluster().put(es('team-a'), { finalizers: ['example.com/hold'] });
    world.cluster().before('replaceObject', edit);

    await pass();

    expect(object(es('team-a'))).toMatchObject({ labels: {}, finalizers: ['example.com/hold'] });
    expect(status().conditions).toEqual([READY]);
  });

  test('that always loses is put off, and reported', async () => {
    world.cluster().fail('createObject', new WriteConflictError('AlreadyExists'), 3);

    await given(namespace('team-a', { team: 'a' }), clusterExternalSecret());
    const reason = 'could not create or update ExternalSecret: AlreadyExists';
    expect(status()).toMatchObject({ conditions: [NOT_READY], failedNamespaces: [{ namespace: 'team-a', reason }] });
    await world.elapse(2_000);

    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-a'] });
  });

  test('that the API server refuses fails its namespace alone, with what the API server says', async () => {
    world.cluster().fail('createObject', new ClusterRejectedError('spec: Invalid value: duplicate secretKey found: a'));

    await given(...TEAMS, clusterExternalSecret({ spec: { refreshTime: '30m' } }));

    expect(status()).toMatchObject({
      conditions: [NOT_READY],
      provisionedNamespaces: ['team-b'],
      failedNamespaces: [
        {
          namespace: 'team-a',
          reason: 'could not create or update ExternalSecret: spec: Invalid value: duplicate secretKey found: a',
        },
      ],
    });
    expect((await world.state(SHARED))?.dueAt).toBe(world.clock.now() + 30 * 60_000);
  });

  test('that is forbidden is tried again with growing pauses', async () => {
    world.cluster().fail('createObject', new ClusterForbiddenError('create externalsecrets is forbidden'), 4);

    await given(...TEAMS, clusterExternalSecret());
    expect(await world.state(SHARED)).toMatchObject({ failures: 1, dueAt: world.clock.now() + 1_000 });
    await world.elapse(1_000);
    expect(await world.state(SHARED)).toMatchObject({ failures: 2, dueAt: world.clock.now() + 2_000 });
    await world.elapse(2_000);

    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-a', 'team-b'] });
  });

  test('waits for a namespace that cannot be read', async () => {
    await given(clusterExternalSecret()); // from here on it is known who the cluster is
    world.cluster().forbid('get', 'namespaces');

    await given(namespace('team-a', { team: 'a' }), clusterExternalSecret());

    const [failed] = status().failedNamespaces ?? [];
    expect(failed).toMatchObject({ namespace: 'team-a', reason: expect.stringMatching(/^could not get namespace: /) });
    expect(places()).toEqual([]);
  });
});

describe('after a crash', () => {
  test.each([
    ['between an ExternalSecret and the next', 'cluster.createObject', 1],
    ['before the status is written', 'cluster.replaceStatus', 0],
    ['before the state is remembered', 'states.put', 0],
  ])('%s, the message comes again and the end is the same', async (_, method, after) => {
    await world.apply(...TEAMS, clusterExternalSecret());
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
    expect(writes()['create externalsecrets']).toBe(2);
  });
});

describe('a spec that cannot be carried out', () => {
  test('says why, and leaves what was made', async () => {
    await given(...TEAMS, clusterExternalSecret());
    const namespaceSelector = { matchExpressions: [{ key: 'team', operator: 'Like', values: ['a'] }] };

    await given(clusterExternalSecret({ spec: { namespaceSelector } }));

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
    expect(status()).toEqual({
      conditions: [NOT_READY],
      externalSecretName: 'shared',
      provisionedNamespaces: ['team-a', 'team-b'],
      failedNamespaces: [
        {
          namespace: 'unknown',
          reason: 'failed to convert label selector: "Like" is not a valid label selector operator',
        },
      ],
    });
    await given(clusterExternalSecret());
    expect(status()).toMatchObject({ conditions: [READY] });
  });
});

describe('its deletion', () => {
  test('leaves it to Kubernetes to collect what it made', async () => {
    await given(...TEAMS, clusterExternalSecret());

    world.cluster().delete(SHARED);

    expect(places()).toEqual([]);
  });

  test('is not held up by the finalizer of the reference', async () => {
    const finalizers = ['externalsecrets.external-secrets.io/clusterexternalsecret-cleanup'];
    await given(...TEAMS, clusterExternalSecret({ finalizers }));

    expect(object(SHARED).finalizers).toEqual([]);
  });

  test('takes what it made with it at once, even when somebody holds the object itself', async () => {
    await given(...TEAMS, clusterExternalSecret({ finalizers: ['example.com/hold'] }));
    world.cluster().delete(SHARED);
    await see();

    await pass();

    expect(places()).toEqual([]);
    expect(object(SHARED).finalizers).toEqual(['example.com/hold']);
  });

  test('leaves what it made when Kubernetes is told to orphan it', async () => {
    await given(...TEAMS, clusterExternalSecret({ finalizers: ['orphan'] }));
    world.cluster().delete(SHARED);
    await see();

    await pass();

    expect(places()).toEqual(['team-a/shared', 'team-b/shared']);
  });
});

describe('a cluster', () => {
  test('that is only observed is written nothing to, and the log says what would be', async () => {
    await world.register({ mode: 'observe' });

    await given(...TEAMS, clusterExternalSecret());

    expect(writes()).toEqual({});
    expect(places()).toEqual([]);
    expect(world.log.text()).toContain('would create object');
    expect(await world.state(SHARED)).toBeUndefined();
  });

  test('that is paused is left alone', async () => {
    await world.register({ mode: 'paused' });

    await given(...TEAMS, clusterExternalSecret());

    expect(world.cluster().requests.all()).toEqual({});
  });

  test('whose registration names namespaces has its ClusterExternalSecrets left alone', async () => {
    await world.register({ namespaces: ['team-a'] });

    await given(...TEAMS, clusterExternalSecret());

    expect(world.cluster().requests.all()).toEqual({});
    expect(places()).toEqual([]);
  });

  test('that is away costs nothing but time', async () => {
    world.cluster().fail(undefined, new ClusterUnreachableError('no answer'), 3);

    await given(...TEAMS, clusterExternalSecret());
    expect(await world.state(SHARED)).toMatchObject({ failures: 1 });
    await world.elapse(10_000);

    expect(status()).toMatchObject({ conditions: [READY], provisionedNamespaces: ['team-a', 'team-b'] });
  });
});

test('each ExternalSecret it made is judged by itself', async () => {
  const externalSecretSpec = {
    ...(externalSecret().spec as object),
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'shared' },
  };
  const conditions = [{ namespaces: ['team-b'] }];
  const store = { kind: 'ClusterSecretStore', namespace: '', name: 'shared' } as const;
  world.secrets.manager.put('prod/db', { text: 'one' });
  await world.apply({
    ref: store,
    spec: { provider: { aws: { service: 'SecretsManager', region: 'eu-central-1' } }, conditions },
  });
  await given(...TEAMS, clusterExternalSecret({ spec: { externalSecretSpec } }));

  for (const team of ['team-a', 'team-b']) await world.sync(es(team), { type: 'feed' });

  expect(world.ready(es('team-a'))).toBe('False SecretSyncedError: could not get secret data from provider');
  expect(world.events()).toContainEqual(
    expect.stringContaining(
      'using cluster store "shared" is not allowed from namespace "team-a": denied by spec.condition',
    ),
  );
  expect(world.ready(es('team-b'))).toBe('True SecretSynced: secret synced');
  expect(world.cluster().secret('team-b', 'shared')).toBeDefined();
  expect(status().conditions).toEqual([READY]);
});
