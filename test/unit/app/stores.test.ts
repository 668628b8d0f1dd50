import { describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import {
  ClusterUnreachableError,
  StoreAccessDeniedError,
  StoreUnavailableError,
  TableUnavailableError,
} from '../../../src/domain/sync-error.ts';
import {
  awsProvider,
  clusterSecretStore,
  data,
  externalSecret,
  type Manifest,
  NAMESPACE,
  secretStore,
  values,
} from '../../support/builders.ts';
import { createSyncedWorld, createWorld, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const STORE: ServedRef = { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' };
const SHARED: ServedRef = { kind: 'ClusterSecretStore', namespace: '', name: 'shared' };
const VALID = 'True Valid: store validated';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FAILED = 'False SecretSyncedError: could not get secret data from provider';

const applied = async (...manifests: readonly Manifest[]): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  await world.apply(...manifests);
  await world.settle();
  return world;
};
const ofShared = (spec: Spec = {}) =>
  externalSecret({ spec: { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' }, ...spec } });
const KEYS = {
  accessKeyIDSecretRef: { name: 'keys', key: 'id' },
  secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
};
const withKeys = (refs: Spec = KEYS): Spec => awsProvider({ auth: { secretRef: refs } });
const putKeys = (world: World, texts: Readonly<Record<string, string>>, namespace = NAMESPACE) =>
  world.cluster().putSecret({ namespace, name: 'keys' }, { data: values(texts) });
const entryError = (cause: string) =>
  `Warning UpdateFailed: error processing spec.data[0] (key: prod/db), err: ${cause}`;

describe('a store', () => {
  test('that works is Valid, can read and write, and says so in one event instead of one each validation [ES99]', async () => {
    const world = await applied(secretStore());
    await world.elapse(6 * HOUR);

    expect(world.ready(STORE)).toBe(VALID);
    expect(parseStatus(world.object(STORE)).capabilities).toBe('ReadWrite');
    expect(world.events()).toEqual(['Normal Valid: store validated']);
    expect(world.cluster().requests.count({ resource: 'secretstores/status' })).toBe(1);
    expect(world.secrets.calls({ operation: 'open' })).toHaveLength(7);
  });

  test.each([
    ['an hour by default', undefined, HOUR],
    ['its own interval', '90s', 90_000],
    ['its interval in seconds', 300, 300_000],
    ['no sooner than a second', '1ns', 1_000],
    ['an hour for an interval of 0', 0, HOUR],
  ])('is validated again after %s', async (_, refreshInterval, milliseconds) => {
    const world = await applied(secretStore({ spec: { refreshInterval } }));

    expect((await world.state(STORE))?.dueAt).toBe(world.clock.now() + milliseconds);
  });

  test.each([
    ['an unknown provider', { provider: { vault: {} } }, 'provider vault of store aws is not supported yet'],
    [
      'no provider',
      { provider: {} },
      'store error for aws: secret stores must only have exactly one backend specified, found 0',
    ],
    [
      'two providers [ES93]',
      { provider: { aws: {}, vault: {} } },
      'store error for aws: secret stores must only have exactly one backend specified, found 2',
    ],
    [
      'a retry interval that is none [AWS19]',
      { ...awsProvider({}), retrySettings: { retryInterval: 'Invalid' } },
      'unable to initialize aws provider: time: invalid duration "Invalid"',
    ],
    ['an unknown service [AWS17]', awsProvider({ service: 'S3' }), 'unknown AWS Provider Service: S3'],
    [
      'jwt without an account',
      awsProvider({ auth: { jwt: {} } }),
      'spec.provider.aws.auth.jwt.serviceAccountRef is missing',
    ],
    ['a bad interval [ES91]', { refreshInterval: 'nonsense' }, 'invalid refreshInterval "nonsense"'],
  ])('with %s says so in its condition, and is not tried again soon', async (_, spec, message) => {
    const world = await applied(secretStore({ spec }));

    expect(world.ready(STORE)).toMatch(`False InvalidProviderConfig: ${message}`);
    expect((await world.state(STORE))?.dueAt).toBe(world.clock.now() + HOUR);
    expect(world.secrets.calls()).toEqual([]);
  });

  test('whose session is refused says so, keeps its capabilities and is tried again', async () => {
    const world = await applied(secretStore());
    world.secrets.fail({ operation: 'open' }, () => new StoreAccessDeniedError('AccessDenied'));

    await world.sync(STORE, { type: 'feed' });

    expect(world.ready(STORE)).toBe('False InvalidProviderConfig: unable to validate store');
    expect(world.events().at(-1)).toBe('Warning InvalidProviderConfig: AccessDenied');
    expect(parseStatus(world.object(STORE)).capabilities).toBe('ReadWrite');
    expect((await world.state(STORE))?.dueAt).toBe(world.clock.now() + 1_000);
  });

  test('without auth in a cluster without default role says what to do', async () => {
    const world = await createWorld({ identity: { allowRoles: [], sessionTags: true } });
    await world.apply(secretStore());

    await world.settle();

    expect(world.ready(STORE)).toMatch(/^False InvalidProviderConfig: .* register the cluster with --default-role/);
  });

  test('of another controller class is left alone, now and when it is due', async () => {
    const world = await applied(secretStore());
    await world.apply(secretStore({ spec: { controller: 'other' } }));
    world.cluster().requests.reset();

    await world.settle();
    await world.elapse(HOUR);

    expect(world.cluster().requests.count()).toBe(0);
    expect((await world.state(STORE))?.dueAt).toBeGreaterThan(world.clock.now() + 22 * HOUR);
  });

  test('whose table is away brings the message back', async () => {
    const world = await createWorld();
    world.before = (call) => {
      if (call === 'states.put') throw new TableUnavailableError('throttled');
    };
    await world.apply(secretStore());

    await expect(world.settle()).rejects.toThrow(TableUnavailableError);
  });

  test('that meets a bug brings the message back', async () => {
    const world = await createWorld();
    world.secrets.fail({ operation: 'open' }, () => new RangeError('bug'));
    await world.apply(secretStore());

    await expect(world.settle()).rejects.toThrow(RangeError);
  });

  test('whose result comes second runs again', async () => {
    const world = await applied(secretStore());
    world.secrets.before({ operation: 'open' }, async () => {
      const state = await world.state(STORE);
      if (state?.revision === 1) await world.tables.states.put('one', STORE, { state, expected: 1 });
    });

    await world.sync(STORE);

    expect((await world.state(STORE))?.revision).toBe(3);
  });
});

describe('the users of a store', () => {
  test.each<[string, Spec, string]>([
    ['that is missing', {}, 'could not get SecretStore "aws", SecretStore.external-secrets.io "aws" not found'],
    [
      'of the cluster that is missing',
      { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } },
      'could not get ClusterSecretStore "shared", ClusterSecretStore.external-secrets.io "shared" not found',
    ],
  ])('%s are told its name, and recover when it comes [ES88]', async (_, spec, cause) => {
    const world = await applied(externalSecret({ spec }));
    expect(world.ready()).toBe(FAILED);
    expect(world.events()).toEqual([entryError(cause)]);

    await world.apply(secretStore(), clusterSecretStore());
    await world.settle();

    expect(world.ready()).toBe('True SecretSynced: secret synced');
    expect(world.target()).toEqual({ password: 'one' });
  });

  test('that is not ready hear nothing but that', async () => {
    const world = await createSyncedWorld();
    await world.apply(secretStore({ spec: awsProvider({ service: 'S3' }) }));

    await world.settle();

    expect(world.events().at(-1)).toBe(entryError('SecretStore "aws" is not ready'));
  });

  test('are woken although the pass that found it mended crashed before it could', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { refreshInterval: '48h' } }));
    world.secrets.fail({ operation: 'open' }, () => new StoreUnavailableError('throttled'), 12);
    await world.sync(STORE, { type: 'feed' });
    await world.rotate('prod/db', 'two');
    await world.elapse(10 * MINUTE);
    expect(world.ready(STORE)).toBe('False InvalidProviderConfig: unable to validate store');
    world.secrets.heal();
    let woken = 0;
    world.before = (call) => {
      if (call !== 'messages.send' || world.ready(STORE) !== VALID) return;
      woken += 1;
      if (woken === 1) throw new Error('crash');
    };
    await expect(world.elapse(8 * MINUTE)).rejects.toThrow('crash');
    const crashedAt = world.clock.now();

    while (world.target()?.['password'] !== 'two') await world.elapse(1_000);

    expect(world.clock.now() - crashedAt).toBeLessThanOrEqual(3 * MINUTE);
    expect(await world.state(STORE)).toMatchObject({ failures: 0 });
  });

  test('are woken once when nothing crashed', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { refreshInterval: '48h' } }));
    world.secrets.fail({ operation: 'open' }, () => new StoreUnavailableError('throttled'), 1);
    await world.sync(STORE, { type: 'feed' });
    await world.settle();
    world.secrets.forgetCalls();

    await world.elapse(10 * MINUTE);

    expect(world.ready(STORE)).toBe(VALID);
    expect(world.ready()).toBe('True SecretSynced: secret synced');
    expect((await world.state(STORE))?.dueAt).toBeGreaterThan(world.clock.now() + 40 * MINUTE);
    expect(world.secrets.calls({ operation: 'read' }).length).toBeLessThanOrEqual(2);
  });

  test('are woken when its keys change', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    putKeys(world, { id: 'AKIAOLD', secret: 's' });
    await world.apply(secretStore({ spec: withKeys() }), externalSecret());
    await world.settle();
    world.secrets.fail({ identity: 'AKIAOLD' }, () => new StoreAccessDeniedError('InvalidClientTokenId'));
    world.secrets.manager.put('prod/db', { text: 'two' });
    putKeys(world, { id: 'AKIANEW', secret: 's' });

    await world.sync(STORE, { type: 'feed' }); // what the feed asks for when the Secret changed
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('are woken when it recovers', async () => {
    const world = await createSyncedWorld();
    world.secrets.fail({ operation: 'open' }, () => new StoreUnavailableError('throttled'), 2);
    await world.sync(STORE, { type: 'feed' });
    await world.rotate('prod/db', 'two');
    await world.settle();
    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe(FAILED);
    expect(world.events().at(-1)).toBe(entryError('SecretStore "aws" is not ready'));

    await world.elapse(5_000);

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('are woken when it is edited', async () => {
    const world = await createSyncedWorld();
    world.secrets.manager.put('p/prod/db', { text: 'prefixed' });

    await world.apply(secretStore({ spec: awsProvider({ prefix: 'p/' }) }));
    await world.settle();

    expect(world.target()).toEqual({ password: 'prefixed' });
  });

  test('are left in peace when it is validated again and nothing turned', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { refreshInterval: '48h' } }));
    world.cluster().requests.reset();

    await world.elapse(3 * HOUR);

    expect(world.cluster().requests.count()).toBe(0);
  });

  test('keep their content while it is not ready', async () => {
    const world = await createSyncedWorld();
    await world.apply(secretStore({ spec: { provider: {} } }));

    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe(FAILED);
  });

  test('of which there are many are woken ten by ten', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `db-${index}`);
    const world = await applied(secretStore(), ...names.map((name) => externalSecret({ name })));

    await world.sync(STORE);

    expect(world.waiting().map(({ request }) => request.objects.length)).toEqual([10, 1]);
  });

  test('no longer count an object that went to another store', async () => {
    const world = await createSyncedWorld();
    await world.apply(secretStore({ name: 'other' }));
    await world.apply(externalSecret({ spec: { secretStoreRef: { name: 'other' } } }));

    await world.settle();

    expect(await world.tables.users.of('one', STORE)).toEqual([]);
    expect((await world.state())?.stores).toEqual(['SecretStore/team-a/other']);
  });
});

describe('a foreign controller class', () => {
  const foreign = secretStore({ spec: { controller: 'other' } });

  test.each<[string, Spec]>([
    ['an ExternalSecret [ES89]', {}],
    ['one that we could not serve', { target: { template: {} } }],
    ['one that cannot be read', { refreshPolicy: 'x' }],
    ['one whose entries read elsewhere', { data: [data('a', {}, { sourceRef: { storeRef: { name: 'ours' } } })] }],
  ])('makes %s nobody’s business: no condition, no event, no state [ES89]', async (_, spec) => {
    const world = await applied(foreign, secretStore({ name: 'ours' }), externalSecret({ spec }));

    expect(world.ready()).toBeUndefined();
    expect(world.events()).toEqual(['Normal Valid: store validated']);
    expect(world.target()).toBeUndefined();
    expect(await world.state()).toBeUndefined();
  });

  test('that becomes ours wakes the users', async () => {
    const world = await applied(foreign, externalSecret());

    await world.apply(secretStore());
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
  });

  test('leaves the target as it is, and the object alone when it is due', async () => {
    const world = await createSyncedWorld();
    await world.apply(foreign);
    await world.settle();
    world.cluster().requests.reset();

    await world.elapse(3 * HOUR);

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.cluster().requests.count()).toBe(0);
    expect((await world.state())?.dueAt).toBeGreaterThan(world.clock.now() + 20 * HOUR);
  });

  test('of a registration decides which stores are ours', async () => {
    const world = await createWorld({ controllerClass: 'other' });
    world.secrets.manager.put('prod/db', { text: 'one' });
    await world.apply(foreign, externalSecret());

    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
  });
});

describe('a ClusterSecretStore', () => {
  test.each<[string, readonly Spec[], boolean]>([
    ['without conditions serves every namespace [ES90]', [], true],
    ['serves a namespace that is named [ES90]', [{ namespaces: ['team-b', NAMESPACE] }], true],
    ['refuses a namespace that is not [ES90 AWS61]', [{ namespaces: ['team-b'] }], false],
    ['serves a namespace whose labels match [ES90]', [{ namespaceSelector: { matchLabels: { team: 'a' } } }], true],
    ['refuses a namespace whose labels do not [ES90]', [{ namespaceSelector: { matchLabels: { team: 'b' } } }], false],
    [
      'serves a namespace that one condition of several lets in',
      [{ namespaces: ['x'] }, { namespaceRegexes: ['team-*'] }],
      true,
    ],
  ])('%s', async (_, conditions, served) => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    world
      .cluster()
      .put(
        { kind: 'Namespace', namespace: '', name: NAMESPACE },
        { labels: { 'kubernetes.io/metadata.name': NAMESPACE, team: 'a' } },
      );

    await world.apply(clusterSecretStore({ spec: { conditions } }), ofShared());
    await world.settle();

    expect(world.target()).toEqual(served ? { password: 'one' } : undefined);
    if (!served)
      expect(world.events().at(-1)).toBe(
        entryError('using cluster store "shared" is not allowed from namespace "team-a": denied by spec.condition'),
      );
  });

  test('knows the namespace from the mirror, and does not ask the cluster for it', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    world.cluster().put(externalSecret().ref);
    await world.seen({ kind: 'Namespace', namespace: '', name: NAMESPACE });

    await world.apply(clusterSecretStore({ spec: { conditions: [{ namespaces: [NAMESPACE] }] } }), ofShared());
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.cluster().requests.count({ verb: 'get', resource: 'namespaces' })).toBe(1); // kube-system, before a write
  });

  test.each([
    ['is missing', undefined, 'failed to get a namespace "team-a": Namespace "team-a" not found'],
    ['cannot be looked up', new ClusterUnreachableError('no answer'), 'failed to get a namespace "team-a": no answer'],
  ])('with conditions fails while the namespace %s', async (_, error, cause) => {
    const world = await createWorld();
    await world.apply(clusterSecretStore({ spec: { conditions: [{ namespaces: [NAMESPACE] }] } }), ofShared());
    if (error === undefined) {
      await world.tables.mirror.put('one', { ...world.object(), resourceVersion: '999999', seenAt: world.clock.now() });
      world.cluster().delete({ kind: 'Namespace', namespace: '', name: NAMESPACE });
    } else world.cluster().fail('readObject', error);

    await world.settle();

    expect(world.log.text()).toContain(JSON.stringify(cause).slice(1, -1));
  });

  test('whose namespace meets a bug brings the message back', async () => {
    const world = await createWorld();
    world.cluster().fail('readObject', new RangeError('bug'));
    await world.apply(clusterSecretStore({ spec: { conditions: [{ namespaces: [NAMESPACE] }] } }), ofShared());

    await expect(world.settle()).rejects.toThrow(RangeError);
  });

  test('in a cluster served by namespace is validated', async () => {
    const world = await createWorld({ namespaces: [NAMESPACE] });
    await world.apply(clusterSecretStore());

    await world.settle();

    expect(world.ready(SHARED)).toBe(VALID);
  });

  test('that takes its keys from its user is Valid without any call [ES98 AWS13]', async () => {
    const world = await applied(clusterSecretStore({ spec: withKeys() }));

    expect(world.ready(SHARED)).toBe(VALID);
    expect(world.secrets.calls()).toEqual([]);
    expect(world.cluster().requests.count({ resource: 'secrets' })).toBe(0);
  });

  test('takes its keys from its user’s namespace, or from the one that it names [ES96 AWS12]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    putKeys(world, { id: 'AKIAUSER', secret: 's' });
    putKeys(world, { id: 'AKIAVAULT', secret: 's' }, 'vault');
    const named = {
      accessKeyIDSecretRef: { ...KEYS.accessKeyIDSecretRef, namespace: 'vault' },
      secretAccessKeySecretRef: { ...KEYS.secretAccessKeySecretRef, namespace: 'vault' },
    };

    await world.apply(clusterSecretStore({ spec: withKeys() }), ofShared());
    await world.settle();
    await world.apply(clusterSecretStore({ spec: withKeys(named) }));
    await world.settle();

    expect(world.secrets.calls({ operation: 'read' }).map(({ identity }) => identity)).toEqual([
      'AKIAUSER',
      'AKIAVAULT',
    ]);
  });
});

describe('static keys', () => {
  test.each<[string, Readonly<Record<string, string>> | undefined, Spec, string]>([
    [
      'the Secret [AWS9]',
      undefined,
      KEYS,
      'could not fetch SecretAccessKey secret: cannot get Kubernetes secret "keys" from namespace "team-a": secrets "keys" not found',
    ],
    [
      'the secret key [AWS10]',
      { id: 'AKIA' },
      KEYS,
      'could not fetch SecretAccessKey secret: cannot find secret data for key: "secret"',
    ],
    ['the key id', { secret: 's' }, KEYS, 'could not fetch accessKeyID secret: cannot find secret data for key: "id"'],
    [
      'the session token',
      { id: 'AKIA', secret: 's' },
      { ...KEYS, sessionTokenSecretRef: { name: 'keys', key: 'token' } },
      'could not fetch SessionToken secret: cannot find secret data for key: "token"',
    ],
  ])('without %s say which part is missing [AWS9 AWS10]', async (_, ...[content, refs, cause]) => {
    const world = await createWorld();
    if (content !== undefined) putKeys(world, content);

    await world.apply(secretStore({ spec: withKeys(refs) }), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toBe('False InvalidProviderConfig: unable to create client');
    expect(world.events()[0]).toBe(`Warning InvalidProviderConfig: unable to create session: ${cause}`);
    expect(world.ready()).toBe(FAILED);
  });

  test('with a session token are handed over whole', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    putKeys(world, { id: 'AKIA', secret: 's', token: 't' });
    const refs = { ...KEYS, sessionTokenSecretRef: { name: 'keys', key: 'token' } };

    await world.apply(secretStore({ spec: withKeys(refs) }), externalSecret());
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.secrets.calls({ operation: 'read' })[0]?.identity).toBe('AKIA');
  });

  test('of a SecretStore are looked for in its own namespace only [ES96 AWS11]', async () => {
    const world = await createWorld();
    putKeys(world, { id: 'AKIA', secret: 's' }, 'vault');

    await world.apply(secretStore({ spec: withKeys() }));
    await world.settle();

    expect(world.ready(STORE)).toMatch('False');
    expect(world.events().at(-1)).toMatch('from namespace "team-a"');
  });

  test('are read once for a message, however many objects use them', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    putKeys(world, { id: 'AKIA', secret: 's' });
    await world.apply(secretStore({ spec: withKeys() }), ...['a', 'b', 'c'].map((name) => externalSecret({ name })));
    await world.settle();
    world.cluster().requests.reset();

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.cluster().requests.count({ verb: 'get', resource: 'secrets' })).toBe(3 + 1);
  });
});

test('keys that the cluster will not give say which Secret they are in', async () => {
  const world = await createWorld();
  world.cluster().forbid('get', 'secrets');

  await world.apply(secretStore({ spec: withKeys() }));
  await world.settle();

  expect(world.ready(STORE)).toBe('False InvalidProviderConfig: unable to create client');
  expect(world.events().at(-1)).toBe(
    'Warning InvalidProviderConfig: unable to create session: could not fetch SecretAccessKey secret: cannot get Kubernetes secret "keys" from namespace "team-a": get secrets in namespace team-a is forbidden',
  );
});

describe('several stores', () => {
  const OTHER = { name: 'other', spec: awsProvider({ prefix: 'other/' }) };
  const extractFrom = (key: string, store?: string): Spec => ({
    extract: { key },
    ...(store === undefined ? {} : { sourceRef: { storeRef: { name: store } } }),
  });

  test('of several dataFrom entries give one merged result [ES16]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('a', { text: '{"one":"1","both":"a"}' });
    world.secrets.manager.put('other/b', { text: '{"two":"2","both":"b"}' });
    const dataFrom = [extractFrom('a', 'aws'), extractFrom('b', 'other')];

    await world.apply(
      secretStore(),
      secretStore(OTHER),
      externalSecret({ spec: { secretStoreRef: undefined, data: undefined, dataFrom } }),
    );
    await world.settle();

    expect(world.target()).toEqual({ one: '1', two: '2', both: 'b' });
  });

  test.each<[string, Spec]>([
    ['a dataFrom entry [ES17]', { data: undefined, dataFrom: [extractFrom('x', 'other')] }],
    [
      'a data entry',
      { data: [data('from', { key: 'x', property: 'from' }, { sourceRef: { storeRef: { name: 'other' } } })] },
    ],
  ])('the one that %s names wins over the spec’s', async (_, spec) => {
    const world = await createWorld();
    world.secrets.manager.put('x', { text: '{"from":"spec"}' });
    world.secrets.manager.put('other/x', { text: '{"from":"entry"}' });

    await world.apply(secretStore(), secretStore(OTHER), externalSecret({ spec }));
    await world.settle();

    expect(world.target()).toEqual({ from: 'entry' });
  });

  test('an entry that names a store and nothing to read gives nothing', async () => {
    const world = await applied(
      secretStore(),
      externalSecret({ spec: { dataFrom: [{ sourceRef: { storeRef: { name: 'aws' } } }] } }),
    );

    expect(world.target()).toEqual({ password: 'one' });
  });
});

describe('a tenant', () => {
  test('cannot name a role that the registration does not allow', async () => {
    const role = 'arn:aws:iam::444455556666:role/admin';
    const world = await applied(secretStore({ spec: awsProvider({ role }) }), externalSecret());

    expect(world.ready(STORE)).toMatch('False');
    expect(world.events().join('\n')).toMatch(`may not use role ${role}; allowed: none`);
    expect(world.secrets.calls()).toEqual([]);
  });

  test('is never answered from another’s read [AWS31]', async () => {
    const world = await createWorld({
      identity: { defaultRole: 'arn:aws:iam::111122223333:role/hub', allowRoles: ['*'], sessionTags: true },
    });
    world.secrets.manager.put('prod/db', { text: 'one' });
    const roleOf = (team: string) => `arn:aws:iam::111122223333:role/${team}`;
    const teams = ['a', 'b'];
    await world.apply(
      ...teams.map((name) => secretStore({ name, spec: awsProvider({ role: roleOf(name) }) })),
      ...teams.map((name) => externalSecret({ name, spec: { secretStoreRef: { name } } })),
    );
    world.secrets.fail({ operation: 'read', identity: roleOf('b') }, () => new StoreAccessDeniedError('denied'));
    await world.settle();

    await world.reconcile(world.request(teams.map((name) => ({ ...externalSecret({ name }).ref }))));

    expect(world.target('a')).toEqual({ password: 'one' });
    expect(world.target('b')).toBeUndefined();
  });
});
