import { describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { TableUnavailableError, WriteConflictError } from '../../../src/domain/sync-error.ts';
import { externalSecret, NAMESPACE, secretStore } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB, type World } from '../../support/world.ts';

const STORE: ServedRef = { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' };
const CLEANUP = 'externalsecrets.external-secrets.io/externalsecret-cleanup';
const STORE_FINALIZER = 'secretstore.externalsecrets.io/finalizer';
const HOUR = 3_600_000;
const WRITES = ['create', 'update', 'patch', 'delete'];
const writesOf = (world: World) =>
  WRITES.map((verb) => world.cluster().requests.count({ verb })).reduce((sum, count) => sum + count, 0);

describe('a cluster that is observed', () => {
  const observed = async (): Promise<World> => {
    const world = await createWorld({ mode: 'observe' });
    world.secrets.manager.put('prod/db', { text: 'one' });
    await world.apply(secretStore(), externalSecret({ finalizers: [CLEANUP] }));
    await world.settle();
    return world;
  };

  test('is told nothing, and the log says what it would have been', async () => {
    const world = await observed();

    expect(writesOf(world)).toBe(0);
    expect(world.target()).toBeUndefined();
    expect(world.log.lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['would remove finalizers', 'would create secret', 'sync ended']),
    );
    expect(await world.state()).toBeUndefined();
  });

  test('is told nothing of an update, a rename or a deletion either', async () => {
    const world = await createSyncedWorld();
    await world.register({ mode: 'observe' });

    await world.rotate('prod/db', 'two');
    await world.settle();
    await world.apply(externalSecret({ spec: { target: { name: 'new' } } }));
    await world.settle();
    await world.apply(externalSecret({ spec: { target: { deletionPolicy: 'Delete' } } }));
    world.secrets.manager.delete('prod/db');
    await world.settle();

    expect(writesOf(world)).toBe(0);
    expect(world.target()).toEqual({ password: 'one' });
    expect(world.log.lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['would update secret', 'would delete secret']),
    );
  });

  test('is looked at once a day when it was active before', async () => {
    const world = await createSyncedWorld();
    await world.register({ mode: 'observe' });

    await world.elapse(HOUR);

    expect((await world.state())?.dueAt).toBeGreaterThan(world.clock.now() + 22 * HOUR);
    expect((await world.state(STORE))?.dueAt).toBeGreaterThan(world.clock.now() + 22 * HOUR);
  });

  test('begins where it was when it is active again', async () => {
    const world = await observed();
    await world.register();

    await world.apply(externalSecret());
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
  });

  test('refuses no call of its client', async () => {
    const world = await createWorld({ mode: 'observe' });
    const { observing } = await import('../../../src/app/observing-client.ts');
    const client = observing(world.cluster().client, world.log);
    const subject = { ...DB, uid: 'u', resourceVersion: '7' };

    await client.replaceStatus(subject, { conditions: [] });
    await client.recordEvent(subject, { type: 'Normal', reason: 'r', message: 'm' });

    expect(world.cluster().requests.count()).toBe(0);
    expect(world.log.lines.map(({ message }) => message)).toEqual(['would write status', 'would record event']);
  });
});

describe('a cluster', () => {
  test.each([
    ['that is paused', { mode: 'paused' as const }],
    ['that serves other namespaces', { namespaces: ['team-b'] }],
  ])('%s is left alone', async (_, registration) => {
    const world = await createSyncedWorld();
    await world.register(registration);

    await world.rotate('prod/db', 'two');
    await world.elapse(2 * HOUR);

    expect(world.cluster().requests.count()).toBe(0);
    expect(world.target()).toEqual({ password: 'one' });
  });

  test('that is resumed catches up with what came due', async () => {
    const world = await createSyncedWorld();
    await world.register({ mode: 'paused' });
    world.secrets.manager.put('prod/db', { text: 'two' });
    await world.elapse(2 * HOUR);

    await world.register();
    await world.elapse(11 * 60_000);

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('that is not registered is nobody’s', async () => {
    const world = await createSyncedWorld();

    await world.reconcile(world.request([DB], { type: 'person' }, 'unknown'));

    expect(world.log.lines.at(-1)).toMatchObject({
      message: 'request dropped',
      keys: { cluster: 'unknown', mode: 'unregistered' },
    });
  });
});

describe('the reference’s finalizers', () => {
  test('are removed, those of others stay', async () => {
    const world = await createSyncedWorld(externalSecret({ finalizers: ['keep', CLEANUP] }));

    expect(world.object().finalizers).toEqual(['keep']);
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('are removed from stores too', async () => {
    const world = await createWorld();
    await world.apply(secretStore({ finalizers: [STORE_FINALIZER] }));

    await world.settle();

    expect(world.object(STORE).finalizers).toEqual([]);
    expect(world.ready(STORE)).toBe('True Valid: store validated');
  });

  test('stay on what another controller serves: they are that controller’s', async () => {
    const world = await createWorld();
    const spec = { controller: 'other' };
    await world.apply(secretStore({ spec, finalizers: [STORE_FINALIZER] }), externalSecret({ finalizers: [CLEANUP] }));

    await world.settle();

    expect(world.object(STORE).finalizers).toEqual([STORE_FINALIZER]);
    expect(world.object().finalizers).toEqual([CLEANUP]);
  });

  test('whose owner cannot be told, the table being away, bring the message back', async () => {
    const world = await createWorld();
    await world.apply(externalSecret({ finalizers: [CLEANUP] }));
    let reads = 0;
    world.before = (call) => {
      if (call === 'mirror.get' && ++reads === 1) throw new TableUnavailableError('throttled');
    };

    await expect(world.settle()).rejects.toThrow(TableUnavailableError);
  });

  test('do not keep an object that is being deleted, and nothing is synced for it', async () => {
    const world = await createSyncedWorld();
    world.cluster().put(DB, { finalizers: [CLEANUP] });
    world.cluster().delete(DB);
    await world.seen(DB);
    await world.rotate('prod/db', 'two');

    await world.settle();

    expect(world.cluster().object(DB)).toBeUndefined();
    expect(world.target()).toBeUndefined(); // collected with its owner
  });

  test('that cannot be removed keep nothing from being synced', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    world.cluster().fail('setFinalizers', new WriteConflictError('Conflict'));

    await world.apply(secretStore(), externalSecret({ finalizers: [CLEANUP] }));
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.object().finalizers).toEqual([CLEANUP]);
    expect(world.log.lines).toContainEqual(expect.objectContaining({ message: 'finalizers not removed' }));
  });

  test('that meet a bug bring the message back', async () => {
    const world = await createWorld();
    world.cluster().fail('setFinalizers', new RangeError('bug'));
    await world.apply(externalSecret({ finalizers: [CLEANUP] }));

    await expect(world.settle()).rejects.toThrow(RangeError);
  });

  test('are removed on the version that our own status write made', async () => {
    const world = await createSyncedWorld();
    const mirror = await world.tables.mirror.get('one', DB);
    if (mirror !== undefined)
      await world.tables.mirror.put('one', {
        ...mirror,
        resourceVersion: String(BigInt(mirror.resourceVersion) + 1n),
        finalizers: [CLEANUP],
      });

    await world.sync();

    expect(world.log.lines.filter(({ message }) => message === 'finalizers not removed')).toEqual([]);
  });
});

describe('a deleted object', () => {
  test('is forgotten with everything that led to it', async () => {
    const world = await createSyncedWorld();
    const { uid } = world.object();

    await world.forget('one', DB, uid);

    expect(await world.state()).toBeUndefined();
    expect(await world.tables.mirror.get('one', DB)).toBeUndefined();
    expect(await world.tables.users.of('one', STORE)).toEqual([]);
    await world.rotate('prod/db', 'two');
    expect(world.waiting()).toEqual([]);
  });

  test('is forgotten although the first attempt crashed, wherever', async () => {
    for (let crashAt = 1; crashAt <= 5; crashAt += 1) {
      const world = await createSyncedWorld();
      const { uid } = world.object();
      let calls = 0;
      world.before = () => {
        calls += 1;
        if (calls >= crashAt) throw new Error('crash');
      };
      await expect(world.forget('one', DB, uid)).rejects.toThrow('crash');
      world.before = () => undefined;

      await world.forget('one', DB, uid);

      expect(await world.state()).toBeUndefined();
      expect(await world.tables.mirror.get('one', DB)).toBeUndefined();
      expect(await world.tables.users.of('one', STORE)).toEqual([]);
    }
  });

  test('of an earlier uid leaves its successor alone', async () => {
    const world = await createSyncedWorld();

    await world.forget('one', DB, 'earlier');

    expect(await world.state()).toBeDefined();
    expect(await world.tables.mirror.get('one', DB)).toBeDefined();
  });

  test('that was never synced is forgotten as well', async () => {
    const world = await createWorld();
    await world.apply(externalSecret());

    await world.forget('one', DB, world.object().uid);

    expect(await world.tables.mirror.get('one', DB)).toBeUndefined();
  });
});
