import { describe, expect, test } from '@jest/globals';
import { EMPTY_STATUS, readyCondition } from '../../../../src/domain/status.ts';
import {
  ClusterUnreachableError,
  StoreAccessDeniedError,
  StoreUnavailableError,
} from '../../../../src/domain/sync-error.ts';
import {
  awsProvider,
  clusterSecretStore,
  type Manifest,
  NAMESPACE,
  pushed,
  pushSecret,
  secretStore,
  values,
} from '../../../support/builders.ts';
import {
  createPushWorld,
  deletePushSecret,
  listed,
  PS,
  putManaged,
  remote,
  SYNCED,
} from '../../../support/push-world.ts';
import { createWorld, type World } from '../../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const HOUR = 3_600_000;
const deleting = (spec: Spec = {}): Manifest => pushSecret({ spec: { deletionPolicy: 'Delete', ...spec } });
const to = (...keys: readonly string[]): Spec => ({ data: keys.map((remoteKey) => pushed('key', { remoteKey })) });
const failRemovals = (world: World, times?: number): void =>
  world.secrets.fail({ operation: 'remove' }, () => new StoreUnavailableError('boom'), times);
const store = { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' } as const;
const FOUND = { key: 'value' };
/** The feed saw the store go. */
const deleteStore = async (world: World): Promise<void> => {
  const { uid } = world.object(store);
  world.cluster().delete(store);
  await world.tables.mirror.remove('one', store, uid);
};

describe('what is no longer asked for', () => {
  test('is removed when a remote key changes [PUSH12]', async () => {
    const world = await createPushWorld(deleting(to('old')));

    await world.apply(deleting(to('new')));
    await world.settle();

    expect([remote(world, 'old'), remote(world, 'new')]).toEqual([undefined, 'value']);
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['new'] });
  });

  test('stays where the policy is None, and is forgotten', async () => {
    const world = await createPushWorld(pushSecret({ spec: to('old') }));

    await world.apply(pushSecret({ spec: to('new') }));
    await world.settle();

    expect([remote(world, 'old'), remote(world, 'new')]).toEqual(['value', 'value']);
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['new'] });
  });

  test('is one property: the others of the secret stay, where the reference loses them all [PUSH13]', async () => {
    const fields = (...names: readonly string[]) => ({
      data: names.map((property) => pushed('key', { remoteKey: 'path', property })),
    });
    const world = await createPushWorld(deleting(fields('field1', 'field2')));

    await world.apply(deleting(fields('field1')));
    await world.settle();

    expect(listed(world)).toEqual({ 'SecretStore/aws': ['path/field1'] });
    expect(remote(world, 'path')).toBe('{"field1":"value"}');
  });

  test('stays listed beside the new while it cannot be removed [PUSH14]', async () => {
    const world = await createPushWorld(deleting(to('old')));
    failRemovals(world, 1);

    await world.apply(deleting(to('new')));
    await world.settle();

    expect(world.ready(PS)).toBe('False Errored: Failed to Delete Secrets from Provider: boom');
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['new', 'old'] });
    await world.elapse(5_000);
    expect(world.ready(PS)).toBe(SYNCED);
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['new'] });
    expect(remote(world, 'old')).toBeUndefined();
  });

  test('is what another store was pushed [PUSH15]', async () => {
    const world = await createPushWorld(deleting());
    const other = secretStore({ name: 'b', spec: awsProvider({ prefix: 'b/' }) });
    failRemovals(world, 1);

    await world.apply(other, deleting({ secretStoreRefs: [{ name: 'b' }] }));
    await world.settle();

    expect(listed(world)).toEqual({ 'SecretStore/b': ['path/to/key'], 'SecretStore/aws': ['path/to/key'] });
    await world.elapse(5_000);
    expect(listed(world)).toEqual({ 'SecretStore/b': ['path/to/key'] });
    expect([remote(world), remote(world, 'b/path/to/key')]).toEqual([undefined, 'value']);
  });

  test('is what a store was pushed that has become another', async () => {
    const world = await createPushWorld(deleting());

    await world.apply(secretStore({ spec: awsProvider({ prefix: 'new/' }) }));
    await world.sync(PS, { type: 'store' });

    expect([remote(world), remote(world, 'new/path/to/key')]).toEqual([undefined, 'value']);
  });

  test('is kept when the policy becomes None before it could be removed', async () => {
    const world = await createPushWorld(deleting(to('old')));
    failRemovals(world);
    await world.apply(deleting(to('new')));
    await world.settle();
    world.secrets.heal();

    await world.apply(pushSecret({ spec: to('new') }));
    await world.settle();

    expect(remote(world, 'old')).toBe('value');
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['new'] });
  });

  test('is not ours to remove when somebody else manages it', async () => {
    const world = await createPushWorld(deleting(to('old')));
    world.secrets.manager.settle('old', { tags: {} });

    await world.apply(deleting(to('new')));
    await world.settle();

    expect(remote(world, 'old')).toBe('value');
    expect(world.ready(PS)).toBe(SYNCED);
  });

  test('stays when another PushSecret pushes it too, and goes with the last', async () => {
    const world = await createPushWorld(deleting());
    await world.apply({ ...deleting(), ref: { ...PS, name: 'second' } });
    await world.settle();

    await world.apply(deleting(to('new')));
    await world.settle();
    expect(remote(world)).toBe('value');

    deletePushSecret(world, { ...PS, name: 'second' });
    await world.settle();
    expect(remote(world)).toBeUndefined();
  });

  test('goes once when two PushSecrets drop it at the same time', async () => {
    const world = await createPushWorld(deleting());
    await world.apply({ ...deleting(), ref: { ...PS, name: 'second' } });
    await world.settle();

    await world.apply(deleting(to('a')), { ...deleting(to('b')), ref: { ...PS, name: 'second' } });
    await Promise.all(world.takeReady().map((request) => world.handle(request)));
    await world.settle();

    expect([remote(world), remote(world, 'a'), remote(world, 'b')]).toEqual([undefined, 'value', 'value']);
  });
});

describe('a PushSecret that goes', () => {
  test('takes what it pushed along under Delete, and is forgotten', async () => {
    const world = await createPushWorld(deleting());

    deletePushSecret(world);
    await world.settle();

    expect(remote(world)).toBeUndefined();
    expect(await world.state(PS)).toBeUndefined();
    expect(await world.tables.mirror.get('one', PS)).toBeUndefined();
  });

  test('leaves it where the policy was turned to None [PUSH16]', async () => {
    const world = await createPushWorld(deleting());
    await world.apply(pushSecret());
    await world.settle();

    deletePushSecret(world);
    await world.settle();

    expect(remote(world)).toBe('value');
    expect(await world.state(PS)).toBeUndefined();
  });

  test('takes it along although its store went with it, and its Secret', async () => {
    const world = await createPushWorld(deleting());
    await deleteStore(world);
    world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name: 'source' });

    deletePushSecret(world);
    await world.settle();

    expect(remote(world)).toBeUndefined();
  });

  test('takes it along although its namespace went, which a store of the cluster asks for', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values(FOUND) });
    await world.apply(
      clusterSecretStore({ spec: { conditions: [{ namespaces: [NAMESPACE] }] } }),
      deleting({ secretStoreRefs: [{ name: 'shared', kind: 'ClusterSecretStore' }] }),
    );
    await world.settle();
    expect(remote(world)).toBe('value');
    const { uid } = world.object(PS);

    world.cluster().delete({ kind: 'Namespace', namespace: '', name: NAMESPACE });
    world.enqueue(world.request([{ ...PS, uid, gone: true }], { type: 'feed' }));
    await world.settle();

    expect(remote(world)).toBeUndefined();
  });

  test('is tried again by the schedule while it cannot be removed', async () => {
    const world = await createPushWorld(deleting());
    failRemovals(world, 3);

    deletePushSecret(world);
    await world.settle();
    expect(remote(world)).toBe('value');
    expect(world.waiting().map(({ seconds }) => seconds)).toEqual([1]);
    expect(world.log.text()).toContain('what a deleted object pushed is not removed');
    expect(readyCondition((await world.state(PS))?.status ?? EMPTY_STATUS)?.message).toBe(
      'Failed to Delete Secrets from Provider: boom',
    );

    await world.elapse(10 * 60_000);
    expect(remote(world)).toBeUndefined();
    expect(await world.state(PS)).toBeUndefined();
  });

  test('leaves its entries to one that is made under its name', async () => {
    const world = await createPushWorld(deleting(to('a', 'b')));
    world.cluster().delete(PS);

    await world.apply(pushSecret({ spec: to('b', 'c') }));
    await world.settle();

    expect(['a', 'b', 'c'].map((key) => remote(world, key))).toEqual([undefined, 'value', 'value']);
  });

  test('is believed to be there while Kubernetes has it', async () => {
    const world = await createPushWorld(deleting());
    const { uid } = world.object(PS);

    await world.push(world.request([{ ...PS, uid, gone: true }], { type: 'feed' }));

    expect(remote(world)).toBe('value');
  });

  test('of a cluster that was rebuilt under the name removes nothing', async () => {
    const world = await createPushWorld(deleting());
    const { uid } = world.object(PS);
    await world.clock.advance(HOUR);
    world.clusters.delete('one');
    const fake = await world.register();
    await world.register({ kubeSystemUid: 'kube-system-of-the-old-one' });

    await world.push(world.request([{ ...PS, uid, gone: true }], { type: 'feed' }));
    await world.push(world.request([PS], { type: 'person' }));

    expect(fake.object(PS)).toBeUndefined();
    expect(remote(world)).toBe('value');
    expect(world.secrets.calls({ operation: 'remove' })).toEqual([]);
  });

  test('with the reference’s finalizer is let go, and what it pushed goes', async () => {
    const finalizers = ['pushsecret.externalsecrets.io/finalizer'];
    const world = await createPushWorld({ ...deleting(), finalizers });
    expect(world.object(PS).finalizers).toEqual([]);
  });

  test('that the reference pushed, and is being deleted when it is first seen, is cleaned up', async () => {
    const world = await createWorld();
    const finalizers = ['pushsecret.externalsecrets.io/finalizer'];
    const entry = { match: { secretKey: 'key', remoteRef: { remoteKey: 'theirs' } }, conversionStrategy: 'None' };
    putManaged(world, 'theirs', 'pushed by another');
    await world.apply(secretStore());
    const status = { syncedPushSecrets: { 'SecretStore/aws': { theirs: entry } } };
    world.cluster().put(PS, { ...deleting(), finalizers, status });
    world.cluster().delete(PS);
    await world.seen(PS);

    await world.sync(PS, { type: 'feed' });

    expect(remote(world, 'theirs')).toBeUndefined();
    expect(world.cluster().object(PS)).toBeUndefined();
  });

  test('that the reference pushed is let go although its store cannot be opened, and that is logged', async () => {
    const world = await createWorld();
    const finalizers = ['pushsecret.externalsecrets.io/finalizer'];
    const entry = { match: { remoteRef: { remoteKey: 'theirs' } } };
    putManaged(world, 'theirs', 'pushed by another');
    await world.apply(secretStore());
    world.cluster().put(PS, {
      ...deleting(),
      finalizers,
      status: { syncedPushSecrets: { 'SecretStore/aws': { theirs: entry }, 'SecretStore/gone': { theirs: entry } } },
    });
    world.cluster().delete(PS);
    await world.seen(PS);
    world.secrets.fail({ operation: 'open' }, () => new StoreAccessDeniedError('denied'));

    await world.sync(PS, { type: 'feed' });

    expect(world.cluster().object(PS)).toBeUndefined();
    expect(remote(world, 'theirs')).toBe('pushed by another');
    expect(world.log.text()).toContain('what another pushed is not removed');
  });

  test('that the reference pushed, and is gone when it is first dealt with, is cleaned up too', async () => {
    const world = await createWorld();
    const entry = { match: { remoteRef: { remoteKey: 'theirs', property: 'p' } } };
    putManaged(world, 'theirs', '{"p":"v","q":"w"}');
    await world.apply(secretStore());
    world
      .cluster()
      .put(PS, { ...deleting(), status: { syncedPushSecrets: { 'SecretStore/aws': { 'theirs/p': entry } } } });
    await world.seen(PS);

    deletePushSecret(world);
    await world.settle();

    expect(remote(world, 'theirs')).toBe('{"q":"w"}');
    expect(await world.state(PS)).toBeUndefined();
  });

  test('that another finalizer holds is cleaned up, and not pushed again', async () => {
    const world = await createPushWorld({ ...deleting(), finalizers: ['theirs/finalizer'] });
    world.cluster().delete(PS);
    await world.seen(PS);

    await world.sync(PS, { type: 'feed' });
    await world.elapse(30 * HOUR);

    expect(world.object(PS).finalizers).toEqual(['theirs/finalizer']);
    expect(remote(world)).toBeUndefined();
  });

  test('is asked for again while its cluster does not answer', async () => {
    const world = await createPushWorld(deleting());
    world.cluster().fail('readObject', new ClusterUnreachableError('no answer'), 1);

    deletePushSecret(world);
    await world.settle();
    expect(remote(world)).toBe('value');

    await world.elapse(10 * 60_000);
    expect(remote(world)).toBeUndefined();
  });

  test('that the reference pushed goes on from what its status lists', async () => {
    const world = await createWorld();
    const entry = { match: { secretKey: 'key', remoteRef: { remoteKey: 'theirs' } }, conversionStrategy: 'None' };
    putManaged(world, 'theirs', 'pushed by another');
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values(FOUND) });

    await world.apply(secretStore(), {
      ...deleting(),
      status: { syncedPushSecrets: { 'SecretStore/aws': { theirs: entry } } },
    });
    await world.settle();

    expect([remote(world, 'theirs'), remote(world)]).toEqual([undefined, 'value']);
    expect(listed(world)).toEqual({ 'SecretStore/aws': ['path/to/key'] });
  });
});

describe('observing', () => {
  test('writes and removes nothing, and says what it would', async () => {
    const world = await createWorld({ mode: 'observe' });
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values(FOUND) });

    await world.apply(secretStore(), deleting());
    await world.settle();
    deletePushSecret(world);
    await world.settle();

    expect(remote(world)).toBeUndefined();
    expect(world.ready.bind(world, PS)).toThrow();
    expect(await world.state(PS)).toBeUndefined();
    expect(world.log.text()).toContain('would push');
  });

  test('keeps what was pushed before until the cluster is active again', async () => {
    const world = await createPushWorld(deleting());
    await world.register({ mode: 'observe' });

    await world.apply(deleting(to('new')));
    await world.settle();
    deletePushSecret(world);
    await world.settle();
    expect([remote(world), remote(world, 'new')]).toEqual(['value', undefined]);
    expect(world.log.text()).toContain('would remove what was pushed');
    expect(world.log.text()).toContain('would remove what a deleted object pushed');

    await world.register();
    await world.clock.advance(20_000);
    await world.sync(PS);
    expect(remote(world)).toBe('value'); // somebody must say that it is gone
    world.enqueue(world.request([{ ...PS, uid: (await world.state(PS))?.uid ?? '', gone: true }], { type: 'feed' }));
    await world.settle();
    expect(remote(world)).toBeUndefined();
  });

  test('a paused cluster drops what is asked', async () => {
    const world = await createWorld({ mode: 'paused' });

    await world.apply(secretStore(), deleting());
    await world.settle();

    expect(world.secrets.calls()).toEqual([]);
    expect(world.ready(PS)).toBeUndefined();
  });
});
