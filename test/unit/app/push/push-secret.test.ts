import { describe, expect, test } from '@jest/globals';
import { parseStatus } from '../../../../src/domain/parse-status.ts';
import { parseTimestamp } from '../../../../src/domain/status.ts';
import { StoreAccessDeniedError, StoreUnavailableError } from '../../../../src/domain/sync-error.ts';
import {
  awsProvider,
  clusterSecretStore,
  NAMESPACE,
  PUSH_ROLE,
  pushed,
  pushSecret,
  REGION,
  secretStore,
  values,
} from '../../../support/builders.ts';
import {
  createPushWorld,
  deleteSource,
  listed,
  PS,
  putManaged,
  putSource,
  remote,
  SYNCED,
  told,
} from '../../../support/push-world.ts';
import { createWorld, type World } from '../../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const HOUR = 3_600_000;
const UNCHANGED = `${SYNCED}. Existing secrets in providers unchanged.`;
const refreshedAt = (world: World) => parseTimestamp(parseStatus(world.object(PS)).refreshTime);
const failed = (message: string) => `False Errored: ${message}`;
const labelled = (labels: Spec, more: Spec = {}) => ({ labelSelector: { matchLabels: labels }, ...more });
const versions = (world: World, key = 'path/to/key') => world.secrets.manager.versionsOf(key).length;

describe('a PushSecret', () => {
  test('puts a key of its source where it says, and lists it [PUSH1]', async () => {
    const world = await createPushWorld();

    expect(remote(world)).toBe('value');
    expect(world.ready(PS)).toBe(SYNCED);
    expect(parseStatus(world.object(PS)).syncedPushSecrets).toEqual({
      'SecretStore/aws': {
        'path/to/key': {
          match: { secretKey: 'key', remoteRef: { remoteKey: 'path/to/key' } },
          conversionStrategy: 'None',
        },
      },
    });
    expect(parseStatus(world.object(PS)).syncedResourceVersion).toBe(
      '1-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2',
    );
    expect(refreshedAt(world)).toBe(Math.floor(world.clock.now() / 1_000) * 1_000);
    expect(told(world)).toEqual(['Normal Synced: PushSecret synced successfully']);
  });

  test('without its source says that it could not get it, and why in the event [PUSH2]', async () => {
    const world = await createPushWorld(pushSecret(), 'none');

    expect(world.ready(PS)).toBe(failed('could not get source secret'));
    expect(told(world)).toEqual(['Warning Errored: could not get source secret: secrets "source" not found']);
  });

  test('of a key that the source does not have pushes nothing at all [PUSH3]', async () => {
    const world = await createPushWorld(
      pushSecret({ spec: { data: [pushed(), pushed('unexisting', { remoteKey: 'b' })] } }),
    );

    expect(world.ready(PS)).toBe(failed('set secret failed: secret key unexisting does not exist'));
    expect(remote(world)).toBeUndefined();
  });

  test.each<[string, Spec, string]>([
    [
      'a SecretStore [PUSH4]',
      { name: 'b', kind: 'SecretStore' },
      'could not get SecretStore "b", secretstores.external-secrets.io "b" not found',
    ],
    [
      'a ClusterSecretStore [PUSH4]',
      { name: 'b', kind: 'ClusterSecretStore' },
      'could not get ClusterSecretStore "b", clustersecretstores.external-secrets.io "b" not found',
    ],
    ['a store without name', {}, 'refStore Name must be provided'],
    [
      'a selector that is none',
      { labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      "could not convert labels: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ],
  ])('names %s that is missing', async (_, ref, message) => {
    const world = await createPushWorld(pushSecret({ spec: { secretStoreRefs: [ref] } }));

    expect(world.ready(PS)).toBe(failed(message));
  });

  test('tells what the provider says of a write, and tries again [PUSH5]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    world.secrets.fail({ operation: 'write' }, () => new StoreUnavailableError('boom'), 1);

    await world.apply(
      secretStore({ name: 'test-store' }),
      pushSecret({ spec: { secretStoreRefs: [{ name: 'test-store' }] } }),
    );
    await world.settle();

    expect(world.ready(PS)).toBe(
      failed('set secret failed: could not write remote ref key to target secretstore test-store: boom'),
    );
    await world.elapse(2_000);
    expect(world.ready(PS)).toBe(SYNCED);
    expect(remote(world)).toBe('value');
  });

  test('says why a store cannot be opened [PUSH6]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    world.secrets.fail({ operation: 'open' }, () => new StoreAccessDeniedError('boom'));

    await world.apply(
      secretStore({ name: 'test-store' }),
      pushSecret({ spec: { secretStoreRefs: [{ name: 'test-store' }] } }),
    );
    await world.settle();

    expect(world.ready(PS)).toBe(
      failed('set secret failed: could not get secrets client for store test-store: unable to create session: boom'),
    );
  });

  test('needs a role to push with where its store has no identity of its own', async () => {
    const world = await createWorld({
      identity: { defaultRole: 'arn:aws:iam::1:role/r', allowRoles: [], sessionTags: false },
    });
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });

    await world.apply(secretStore(), pushSecret());
    await world.settle();

    expect(world.ready(PS)).toBe(
      failed(
        'set secret failed: could not get secrets client for store aws: pushing needs a role: SecretStore "aws" has no auth and cluster "one" no push role: register the cluster with --push-role, or set spec.provider.aws.auth',
      ),
    );
    expect(world.secrets.calls({ operation: 'write' })).toEqual([]);
  });

  test.each<[string, Spec]>([
    [
      'keys of its own',
      {
        secretRef: {
          accessKeyIDSecretRef: { name: 'keys', key: 'id' },
          secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
        },
      },
    ],
    ['a service account', { jwt: { serviceAccountRef: { name: 'app' } } }],
  ])('needs none where its store has %s', async (_, auth) => {
    const world = await createWorld({ identity: { allowRoles: [], sessionTags: false } });
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    world
      .cluster()
      .putSecret({ namespace: NAMESPACE, name: 'keys' }, { data: values({ id: 'AKIATEAM', secret: 's' }) });
    world
      .cluster()
      .serviceAccounts.put({ namespace: NAMESPACE, name: 'app' }, { 'eks.amazonaws.com/role-arn': PUSH_ROLE });

    await world.apply(secretStore({ spec: awsProvider({ auth }) }), pushSecret());
    await world.settle();

    expect(world.ready(PS)).toBe(SYNCED);
    expect(remote(world)).toBe('value');
  });

  test('may not assume roles that the registration does not allow', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });

    await world.apply(secretStore({ spec: awsProvider({ role: 'arn:aws:iam::444455556666:role/r' }) }), pushSecret());
    await world.settle();

    expect(world.ready(PS)).toBe(
      failed(
        'set secret failed: could not get secrets client for store aws: stores of cluster "one" may not use role arn:aws:iam::444455556666:role/r; allowed: none',
      ),
    );
  });

  test('pushes through a store that is not ready, with the prefix of the store', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    world.secrets.fail({ operation: 'open' }, () => new StoreUnavailableError('boom'), 1);

    await world.apply(secretStore({ spec: awsProvider({ prefix: 'team/' }) }), pushSecret());
    await world.settle();

    expect(remote(world, 'team/path/to/key')).toBe('value');
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['path/to/key'] });
  });

  test('is refused keys that the registration does not allow', async () => {
    const identity = {
      pushRole: 'arn:aws:iam::111122223333:role/p',
      allowRoles: [],
      allowKeys: ['team-a/'],
      sessionTags: true,
    };
    const world = await createWorld({ identity });
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });

    await world.apply(secretStore(), pushSecret());
    await world.settle();

    expect(world.ready(PS)).toBe(
      failed(
        'set secret failed: could not write remote ref key to target secretstore aws: stores of cluster "one" may not write key path/to/key; allowed: team-a/*',
      ),
    );
    expect(world.secrets.calls({ operation: 'write' })).toEqual([]);
  });

  test.each<[string, Spec, string]>([
    ['no selector at all', {}, 'no secret selector provided'],
    [
      'a selector that is none',
      { secret: { selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } } },
      '"Near" is not a valid label selector operator',
    ],
  ])('with %s has no source', async (_, selector, why) => {
    const world = await createPushWorld(pushSecret({ spec: { selector } }));

    expect(world.ready(PS)).toBe(failed('could not get source secret'));
    expect(told(world)).toEqual([`Warning Errored: could not get source secret: ${why}`]);
  });

  test('of more entries than can be remembered pushes none of them', async () => {
    const data = Array.from({ length: 2_000 }, (_, index) =>
      pushed('key', { remoteKey: `some/long/path/to/a/key/${index}` }),
    );
    const world = await createPushWorld(pushSecret({ spec: { data } }));

    expect(world.ready(PS)).toBe(
      failed('its 2000 entries are more than can be remembered of one PushSecret: spread them over several'),
    );
    expect(world.secrets.calls({ operation: 'write' })).toEqual([]);
  });

  test('whose spec cannot be read says which field', async () => {
    const world = await createPushWorld(pushSecret({ spec: { data: 5 } }));

    expect(world.ready(PS)).toBe(failed('spec.data must be a list'));
  });

  test('pushes a whole Secret, and a key to a property, in one version', async () => {
    const data = [
      pushed('', { remoteKey: 'all' }),
      pushed('a', { remoteKey: 'p', property: 'x' }),
      pushed('b', { remoteKey: 'p', property: 'y' }),
    ];
    const world = await createPushWorld(pushSecret({ spec: { data } }), { a: '1', b: '2' });

    expect(remote(world, 'all')).toBe('{"a":"1","b":"2"}');
    expect(remote(world, 'p')).toBe('{"x":"1","y":"2"}');
    expect(versions(world, 'p')).toBe(1);
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['all', 'p/x', 'p/y'] });
  });
});

describe('under IfNotExists', () => {
  const spec = { updatePolicy: 'IfNotExists' };

  test('what exists keeps its value, and is listed [PUSH7]', async () => {
    const world = await createPushWorld(pushSecret({ spec }));

    putSource(world, { key: 'changed' });
    await world.settle();

    expect(remote(world)).toBe('value');
    expect(world.ready(PS)).toBe(UNCHANGED);
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['path/to/key'] });
  });

  test('only what is new is written, and both are listed [PUSH8]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    world.secrets.manager.put('there', { text: 'before' });

    const data = [pushed('key', { remoteKey: 'there' }), pushed('key', { remoteKey: 'new' })];
    await world.apply(secretStore(), pushSecret({ spec: { ...spec, data } }));
    await world.settle();

    expect(remote(world, 'there')).toBe('before');
    expect(remote(world, 'new')).toBe('value');
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['there', 'new'] });
  });

  test('nothing is written where it cannot be told whether it exists [PUSH9]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    world.secrets.fail({ operation: 'exists' }, () => new StoreUnavailableError("don't know"));

    await world.apply(secretStore(), pushSecret({ spec }));
    await world.settle();

    expect(world.ready(PS)).toBe(failed("set secret failed: could not verify if secret exists in store: don't know"));
    expect(remote(world)).toBeUndefined();
  });
});

describe('a template', () => {
  test('replaces the key of its name, and sees all of the source [PUSH10]', async () => {
    const template = {
      data: { key: '{{ .key | toString | upper }} was templated', other: '{{ .key }}{{ index . "b-c" }}' },
    };
    const data = [pushed(), pushed('other', { remoteKey: 'other' }), pushed('b-c', { remoteKey: 'plain' })];
    const world = await createPushWorld(pushSecret({ spec: { template, data } }), { key: 'value', 'b-c': '!' });

    expect(remote(world)).toBe('VALUE was templated');
    expect(remote(world, 'other')).toBe('value!');
    expect(remote(world, 'plain')).toBe('!');
    expect(world.cluster().secret(NAMESPACE, 'source')?.data.get('key')?.revealText()).toBe('value');
  });

  test('kept in a ConfigMap is rendered too', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    world.cluster().putConfigMap(NAMESPACE, 'tpl', { made: 'from {{ .key }}' });
    const template = { templateFrom: [{ configMap: { name: 'tpl', items: [{ key: 'made' }] } }] };

    await world.apply(secretStore(), pushSecret({ spec: { template, data: [pushed('made')] } }));
    await world.settle();

    expect(remote(world)).toBe('from value');
  });

  test.each<[string, Spec, string]>([
    [
      'fails',
      { data: { key: '{{ .key | fail }}' } },
      'could not execute template: unable to execute template at key key: template: key:1:10: error calling fail',
    ],
    [
      'is kept where nothing is',
      { templateFrom: [{ configMap: { name: 'tpl', items: [{ key: 'made' }] } }] },
      'error fetching templateFrom data: configmaps "tpl" not found',
    ],
  ])('that %s is told, and nothing is pushed', async (_, template, message) => {
    const world = await createPushWorld(pushSecret({ spec: { template } }));

    expect(world.ready(PS)).toContain(failed(message));
    expect(remote(world)).toBeUndefined();
  });
});

describe('stores', () => {
  test('are found by labels, of both kinds, and only where the PushSecret may use them [PUSH18]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    const labels = { team: 'a' };
    const secretStoreRefs = [labelled(labels), labelled(labels, { kind: 'ClusterSecretStore' })];

    await world.apply(
      secretStore({ labels, spec: awsProvider({ prefix: 'one/' }) }),
      secretStore({ name: 'other', spec: awsProvider({ prefix: 'two/' }) }),
      secretStore({ namespace: 'team-b', labels, spec: awsProvider({ prefix: 'three/' }) }),
      clusterSecretStore({ labels, spec: awsProvider({ prefix: 'four/' }) }),
      pushSecret({ spec: { secretStoreRefs } }),
    );
    await world.settle();

    expect(listed(world)).toEqual({ 'SecretStore/aws': ['path/to/key'], 'ClusterSecretStore/shared': ['path/to/key'] });
    expect(['one', 'two', 'three', 'four'].map((prefix) => remote(world, `${prefix}/path/to/key`))).toEqual([
      'value',
      undefined,
      undefined,
      'value',
    ]);
  });

  test('of another namespace leave it without any, and nothing is said [PUSH18]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });

    await world.apply(
      secretStore({ namespace: 'team-b', labels: { team: 'a' } }),
      pushSecret({ spec: { secretStoreRefs: [labelled({ team: 'a' })] } }),
    );
    await world.settle();

    expect(world.ready(PS)).toBeUndefined();
    expect(told(world)).toEqual([]);
  });

  test('of another controller receive nothing, and are not spoken of [PUSH20]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    const foreign = secretStore({ spec: { controller: 'theirs' } });

    await world.apply(foreign, pushSecret());
    await world.settle();

    expect(world.ready(PS)).toBeUndefined();
    await world.apply(
      secretStore({ name: 'ours' }),
      pushSecret({ spec: { secretStoreRefs: [{ name: 'aws' }, { name: 'ours' }] } }),
    );
    await world.settle();
    expect(listed(world)).toEqual({ 'SecretStore/ours': ['path/to/key'] });
  });

  test('that are being deleted are skipped [PUSH21]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
    await world.apply(secretStore({ finalizers: ['theirs/finalizer'] }), secretStore({ name: 'b' }));
    world.cluster().delete({ kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' });
    await world.seen({ kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' });

    await world.apply(pushSecret({ spec: { secretStoreRefs: [{ name: 'aws' }, { name: 'b' }] } }));
    await world.settle();

    expect(listed(world)).toEqual({ 'SecretStore/b': ['path/to/key'] });
  });

  test('of the cluster keep out namespaces that their conditions do not name', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });

    await world.apply(
      clusterSecretStore({ spec: { conditions: [{ namespaces: ['team-b'] }] } }),
      pushSecret({ spec: { secretStoreRefs: [{ name: 'shared', kind: 'ClusterSecretStore' }] } }),
    );
    await world.settle();

    expect(world.ready(PS)).toBe(
      failed(
        'set secret failed: could not get secrets client for store shared: using cluster store "shared" is not allowed from namespace "team-a": denied by spec.condition',
      ),
    );
  });
});

describe('source Secrets by label', () => {
  const spec = {
    selector: { secret: { selector: { matchLabels: { push: 'yes' } } } },
    template: { metadata: {} },
    data: [pushed('key', { remoteKey: 'one' })],
  };

  test('are those of the namespace; none is a success [PUSH19]', async () => {
    const world = await createPushWorld(pushSecret({ spec }));
    world
      .cluster()
      .putSecret({ namespace: 'team-b', name: 'other' }, { data: values({ key: 'theirs' }), labels: { push: 'yes' } });
    await world.sync(PS);

    expect(world.ready(PS)).toBe(SYNCED);
    expect(listed(world)).toEqual({});
    expect(remote(world, 'one')).toBeUndefined();
  });

  test('are all pushed; of two for one place the last by name stays, in one version', async () => {
    const world = await createPushWorld(pushSecret({ spec }));

    putSource(world, { key: 'b' }, { name: 'b', labels: { push: 'yes' } });
    putSource(world, { key: 'a' }, { name: 'a', labels: { push: 'yes' } });
    await world.settle();

    expect(remote(world, 'one')).toBe('b');
    expect(versions(world, 'one')).toBe(1);
  });

  test('that lose the label take what was pushed of them along under Delete', async () => {
    const world = await createPushWorld(pushSecret({ spec: { ...spec, deletionPolicy: 'Delete' } }));
    putSource(world, { key: 'a' }, { name: 'a', labels: { push: 'yes' } });
    await world.settle();
    expect(remote(world, 'one')).toBe('a');

    putSource(world, { key: 'a' }, { name: 'a' });
    await world.settle();

    expect(remote(world, 'one')).toBeUndefined();
    expect(world.ready(PS)).toBe(SYNCED);
  });

  test('that have entries of their own do not remove each other’s under Delete', async () => {
    const dataTo = [{ storeRef: { name: 'aws' } }];
    const world = await createPushWorld(pushSecret({ spec: { ...spec, data: [], dataTo, deletionPolicy: 'Delete' } }));

    putSource(world, { one: '1' }, { name: 'a', labels: { push: 'yes' } });
    putSource(world, { two: '2' }, { name: 'b', labels: { push: 'yes' } });
    await world.settle();
    await world.elapse(2 * HOUR);

    expect([remote(world, 'one'), remote(world, 'two')]).toEqual(['1', '2']);
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['one', 'two'] });
  });
});

describe('a generator', () => {
  test('is a source that is asked anew at each interval [PUSH22]', async () => {
    const world = await createWorld();
    const ref = { kind: 'ECRAuthorizationToken', namespace: NAMESPACE, name: 'token' } as const;
    world.cluster().putGenerator(ref, { region: REGION });
    const selector = { generatorRef: { kind: 'ECRAuthorizationToken', name: 'token' } };

    await world.apply(secretStore(), pushSecret({ spec: { selector, data: [pushed('password')] } }));
    await world.settle();
    const first = remote(world);
    await world.elapse(1.5 * HOUR);

    expect(first).toBeDefined();
    expect(world.ready(PS)).toBe(SYNCED);
    expect(remote(world)).not.toBe(first);
    expect(versions(world)).toBe(2);
  });

  test('that is missing is a source that could not be had', async () => {
    const selector = { generatorRef: { kind: 'ECRAuthorizationToken', name: 'token' } };
    const world = await createPushWorld(pushSecret({ spec: { selector } }));

    expect(world.ready(PS)).toBe(failed('could not get source secret'));
  });
});

describe('time', () => {
  test('pushes again at the interval, and puts right what drifted', async () => {
    const world = await createPushWorld();
    putManaged(world, 'path/to/key', 'drifted');

    await world.elapse(1.1 * HOUR);

    expect(remote(world)).toBe('value');
  });

  test('writes no version of what is equal, and tells the cluster nothing', async () => {
    const world = await createPushWorld();
    world.cluster().requests.reset();

    await world.elapse(10 * HOUR);

    expect(versions(world)).toBe(1);
    expect(world.cluster().requests.count({ verb: 'update' })).toBe(0);
    expect(told(world)).toHaveLength(1);
  });

  test('of interval 0 pushes once, and again when the object changes [PUSH24]', async () => {
    const manifest = pushSecret({ spec: { refreshInterval: '0' } });
    const world = await createPushWorld(manifest);

    putSource(world, { key: 'two' });
    await world.elapse(30 * HOUR);
    expect(remote(world)).toBe('value');

    await world.apply({ ...manifest, labels: { a: 'b' } });
    await world.settle();
    expect(remote(world)).toBe('two');
  });

  test('that is left of the interval is waited for, and five seconds more [PUSH25]', async () => {
    const world = await createPushWorld();
    const pushedAt = world.clock.now();
    await world.clock.advance(600_000);

    await world.sync(PS, { type: 'feed' });

    expect((await world.state(PS))?.dueAt).toBe(pushedAt + HOUR + 5_000);
    expect(world.secrets.calls({ operation: 'write' })).toHaveLength(1);
  });

  test('is not waited for when the source changes', async () => {
    const world = await createPushWorld();

    putSource(world, { key: 'two' });
    await world.settle();

    expect(remote(world)).toBe('two');
  });

  test('changes nothing for a status that somebody wrote [PUSH23]', async () => {
    const world = await createPushWorld();
    world.cluster().requests.reset();

    await world.sync(PS, { type: 'feed' });

    expect(world.secrets.calls({ operation: 'write' })).toHaveLength(1);
    expect(world.cluster().requests.count({ verb: 'update' })).toBe(0);
  });
});

describe('a source that goes', () => {
  test('takes what was pushed with it under Delete, until it comes back [PUSH17]', async () => {
    const world = await createPushWorld(pushSecret({ spec: { deletionPolicy: 'Delete' } }));
    await world.apply(secretStore({ spec: awsProvider({ secretsManager: { forceDeleteWithoutRecovery: true } }) }));
    await world.settle();

    deleteSource(world);
    await world.settle();

    expect(remote(world)).toBeUndefined();
    expect(listed(world)).toEqual({});
    expect(world.ready(PS)).toBe('False SourceDeleted: source secret deleted; provider secrets cleaned up');
    await world.elapse(48 * HOUR);
    expect(world.ready(PS)).toBe('False SourceDeleted: source secret deleted; provider secrets cleaned up');
    putSource(world, { key: 'back' });
    await world.settle();
    expect(world.ready(PS)).toBe(SYNCED);
  });

  test('leaves it where it is under None [PUSH17]', async () => {
    const world = await createPushWorld();

    deleteSource(world);
    await world.settle();

    expect(remote(world)).toBe('value');
    expect(world.ready(PS)).toBe(failed('could not get source secret'));
  });

  test('says what could not be removed, and removes it later', async () => {
    const world = await createPushWorld(pushSecret({ spec: { deletionPolicy: 'Delete' } }));
    world.secrets.fail({ operation: 'remove' }, () => new StoreUnavailableError('boom'), 1);

    deleteSource(world);
    await world.settle();

    expect(world.ready(PS)).toBe(failed('failed to cleanup provider secrets: boom'));
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['path/to/key'] });
    await world.elapse(5_000);
    expect(remote(world)).toBeUndefined();
  });
});
