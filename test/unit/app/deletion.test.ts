import { describe, expect, test } from '@jest/globals';
import { StoreAccessDeniedError, StoreUnavailableError } from '../../../src/domain/sync-error.ts';
import { data, externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, type World } from '../../support/world.ts';

const MISSING = (index: number, key: string) =>
  `Normal MissingProviderSecret: secret does not exist at provider using spec.dataFrom[${index}] (key=${key})`;

/** Keys `a` and `b` from `prod/a` and `prod/b`, synced. */
const worldOfTwo = async (target: Readonly<Record<string, unknown>>): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/a', { text: '1' });
  world.secrets.manager.put('prod/b', { text: '2' });
  const entries = [data('a', { key: 'prod/a' }), data('b', { key: 'prod/b' })];
  await world.apply(secretStore(), externalSecret({ spec: { target, data: entries } }));
  await world.settle();
  await world.clock.advance(20_000);
  return world;
};
const remove = async (world: World, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) world.secrets.manager.delete(key);
  for (const key of keys) await world.announce(key);
  await world.settle();
};

describe('one of two remote keys goes', () => {
  test.each([
    ['Delete', { b: '2' }, 'True SecretSynced: secret synced'],
    ['Merge', { b: '2' }, 'True SecretSynced: secret synced'],
    ['Retain', { a: '1', b: '2' }, 'False SecretSyncedError: could not get secret data from provider'],
  ])('under %s', async (deletionPolicy, target, ready) => {
    const world = await worldOfTwo({ deletionPolicy });

    await remove(world, 'prod/a');

    expect(world.target()).toEqual(target);
    expect(world.ready()).toBe(ready);
  });

  test('and an event of the cluster names it [ES80]', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Delete' });

    await remove(world, 'prod/a');

    expect(world.events()).toContain(MISSING(0, 'prod/a'));
    expect((await world.state())?.versions).toContainEqual({
      id: '111122223333#eu-central-1#secretsmanager#prod/a#',
      version: '',
      createdAt: expect.any(Number),
    });
  });

  test('and comes back with the next event', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Delete' });
    await remove(world, 'prod/a');

    await world.rotate('prod/a', '3');
    await world.settle();

    expect(world.target()).toEqual({ a: '3', b: '2' });
  });

  test('and the other can be rotated at once', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Delete' });
    await world.rotate('prod/a', '1');
    await world.settle();
    await remove(world, 'prod/a');

    await world.rotate('prod/b', '3');
    await world.settle();

    expect(world.target()).toEqual({ b: '3' });
  });

  test('under Retain, a condition and an event tell which [ES81]', async () => {
    const world = await worldOfTwo({});

    await remove(world, 'prod/b');

    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: error processing spec.data[1] (key: prod/b), err: Secret does not exist',
    );
  });
});

describe('all remote keys go', () => {
  test('under Delete, and the Secret with them [ES80 AWS42]', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Delete' });

    await remove(world, 'prod/a', 'prod/b');

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toBe('True SecretDeleted: secret deleted due to DeletionPolicy=Delete');
    expect(world.events()).toContain('Normal Deleted: secret deleted due to DeletionPolicy=Delete');
    expect((await world.state())?.target).toBeUndefined();
  });

  test('under Delete, and the Secret comes back with one of them', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Delete' });
    await remove(world, 'prod/a', 'prod/b');

    await world.rotate('prod/b', '3');
    await world.settle();

    expect(world.target()).toEqual({ b: '3' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('under Merge, and the Secret stays, empty', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Merge' });

    await remove(world, 'prod/a', 'prod/b');

    expect(world.target()).toEqual({});
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('under Retain, and the Secret stays as it was [ES81]', async () => {
    const world = await worldOfTwo({});

    await remove(world, 'prod/a', 'prod/b');

    expect(world.target()).toEqual({ a: '1', b: '2' });
    expect(world.ready()).toBe('False SecretSyncedError: could not get secret data from provider');
  });

  test('under Delete, while the Secret of that name is somebody else’s', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { data: values({ mine: 'x' }) });

    await world.apply(secretStore(), externalSecret({ spec: { target: { deletionPolicy: 'Delete' } } }));
    await world.settle();

    expect(world.target()).toEqual({ mine: 'x' });
    expect(world.ready()).toBe('False SecretSyncedError: could not delete secret');
  });

  test('under Delete and Orphan, which cannot be [ES82]', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Delete', creationPolicy: 'Orphan' });

    await remove(world, 'prod/a', 'prod/b');

    expect(world.target()).toEqual({ a: '1', b: '2' });
    expect(world.ready()).toBe('False SecretSyncedError: could not delete secret');
    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: unable to delete secret db: creationPolicy=Orphan is not Owner',
    );
  });

  test('under Delete, and the cluster refuses', async () => {
    const world = await worldOfTwo({ deletionPolicy: 'Delete' });
    world.cluster().forbid('delete', 'secrets');

    await remove(world, 'prod/a', 'prod/b');

    expect(world.target()).toEqual({ a: '1', b: '2' });
    expect(world.ready()).toBe('False SecretSyncedError: could not delete secret');
  });
});

describe('no deletion', () => {
  test.each([
    ['is seen in a refusal', () => new StoreAccessDeniedError('access denied')],
    ['is seen in throttling', () => new StoreUnavailableError('throttled')],
  ])('%s, under Delete', async (_, error) => {
    const world = await createSyncedWorld(externalSecret({ spec: { target: { deletionPolicy: 'Delete' } } }));
    world.secrets.fail({ operation: 'read' }, error);

    await world.sync();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('False SecretSyncedError: could not get secret data from provider');
  });

  test('is seen in an empty answer', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { target: { deletionPolicy: 'Delete' } } }));
    world.secrets.manager.put('prod/db', {});

    await world.sync();

    expect(world.target()).toEqual({ password: 'one' });
  });

  test('is seen in a property that is missing', async () => {
    const entry = data('password', { property: 'p' });
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: '{"p":"1"}' });
    await world.apply(secretStore(), externalSecret({ spec: { target: { deletionPolicy: 'Delete' }, data: [entry] } }));
    await world.settle();

    await world.rotate('prod/db', '{}');
    await world.settle();

    expect(world.target()).toEqual({ password: '1' });
    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: error processing spec.data[0] (key: prod/db), err: key p does not exist in secret prod/db',
    );
  });

  test('is seen in a key that announced itself a moment ago: it was deleted and made anew', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { target: { deletionPolicy: 'Delete' } } }));
    const version = world.secrets.manager.put('prod/db', { text: 'two' });
    world.secrets.manager.delete('prod/db');
    await world.announce('prod/db', version);

    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    world.secrets.manager.put('prod/db', { text: 'two' });
    await world.elapse(200_000);
    expect(world.target()).toEqual({ password: 'two' });
  });
});
