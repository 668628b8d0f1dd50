import { describe, expect, test } from '@jest/globals';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import { StoreAccessDeniedError } from '../../../src/domain/sync-error.ts';
import { data, externalSecret, secretStore } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB, type World } from '../../support/world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Delivers the message that the schedule would send when the object is due. */
const comeDue = async (world: World): Promise<void> => {
  const { dueAt = 0 } = (await world.state()) ?? {};
  await world.clock.advance(Math.max(0, dueAt - world.clock.now()));
  await world.reconcile(world.request([{ ...DB, dueAt }], { type: 'due' }));
};

describe('a due object', () => {
  test('whose version is the same costs one read and no request to its cluster', async () => {
    const world = await createSyncedWorld();

    await comeDue(world);

    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(1);
    expect(world.cluster().requests.count()).toBe(0);
    expect(await world.state()).toMatchObject({
      verifiedAt: world.clock.now(),
      dueAt: world.clock.now() + HOUR,
      target: { name: 'db' },
    });
  });

  test('whose version moved is synced, although no event told of it', async () => {
    const world = await createSyncedWorld();
    world.secrets.manager.put('prod/db', { text: 'two' });

    await comeDue(world);

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('that reads one secret twice is verified by one read', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: '{"a":"1","b":"2"}' });
    const entries = [data('a', { property: 'a' }), data('b', { property: 'b' })];
    await world.apply(secretStore(), externalSecret({ spec: { data: entries } }));
    await world.settle();
    world.secrets.forgetCalls();
    world.cluster().requests.reset();

    await comeDue(world);

    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(1);
    expect(world.cluster().requests.count()).toBe(0);
  });

  test('that lost a key to a denial says so', async () => {
    const world = await createSyncedWorld();
    world.secrets.fail({ operation: 'read' }, () => new StoreAccessDeniedError('denied'));

    await comeDue(world);

    expect(world.ready()).toBe('False SecretSyncedError: could not get secret data from provider');
  });

  test('that was edited since is synced, not verified', async () => {
    const world = await createSyncedWorld();
    world.cluster().put(DB, { labels: { team: 'a' } });
    await world.seen(DB);

    await comeDue(world);

    expect(world.cluster().secret('team-a', 'db')?.labels).toMatchObject({ team: 'a' });
  });

  test('that was renamed under CreatedOnce is synced, not verified', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { refreshPolicy: 'CreatedOnce' } }));
    world
      .cluster()
      .put(DB, { spec: externalSecret({ spec: { refreshPolicy: 'CreatedOnce', target: { name: 'new' } } }).spec });
    await world.seen(DB);

    await comeDue(world);

    expect(world.target('new')).toEqual({ password: 'one' });
  });

  test('that is due before its interval is over is looked at again when it is', async () => {
    const world = await createSyncedWorld();
    const { dueAt = 0 } = (await world.state()) ?? {};

    await world.reconcile(world.request([{ ...DB, dueAt }], { type: 'due' }));

    expect(world.secrets.calls()).toEqual([]);
    expect(world.cluster().requests.count()).toBe(0);
    expect((await world.state())?.dueAt).toBe(Date.UTC(2026, 0, 1, 1));
  });

  test('with a refresh time to come gets a true one', async () => {
    const world = await createSyncedWorld();
    const state = await world.state();
    if (state === undefined) throw new Error('no state');
    const status = { ...state.status, refreshTime: '2027-01-01T00:00:00Z' };
    await world.tables.states.put('one', DB, { state: { ...state, status }, expected: state.revision });

    await world.sync();

    expect(parseStatus(world.object()).refreshTime).toBe('2026-01-01T00:00:20Z');
  });

  test('that is unknown is asked for once a day', async () => {
    const world = await createSyncedWorld();
    await world.tables.mirror.remove('one', DB, world.object().uid);

    await comeDue(world);

    expect((await world.state())?.dueAt).toBe(world.clock.now() + DAY);
    expect(world.cluster().requests.count()).toBe(0);
  });

  test('with another resync between is asked nothing: its message is outdated', async () => {
    const world = await createSyncedWorld();
    const { dueAt = 0 } = (await world.state()) ?? {};
    await world.sync();
    const before = await world.state();
    await world.clock.advance(2 * HOUR);
    world.secrets.forgetCalls();

    await world.reconcile(world.request([{ ...DB, dueAt: dueAt - 1 }], { type: 'due' }));

    expect(world.secrets.calls()).toEqual([]);
    expect(await world.state()).toEqual(before);
  });
});

describe('time that passes', () => {
  test('brings every rotation within the interval, without any event', async () => {
    const world = await createSyncedWorld();

    for (const value of ['two', 'three', 'four']) {
      world.secrets.manager.put('prod/db', { text: value });
      await world.elapse(HOUR);
      expect(world.target()).toEqual({ password: value });
    }
  });

  test('writes a refresh time at most once a day', async () => {
    const world = await createSyncedWorld();

    await world.elapse(DAY - HOUR);
    expect(parseStatus(world.object()).refreshTime).toBe('2026-01-01T00:00:00Z');
    await world.elapse(2 * HOUR);

    expect(parseStatus(world.object()).refreshTime).toMatch('2026-01-02T00:');
    expect(world.cluster().requests.all()).toEqual({ 'update externalsecrets/status': 1, 'get namespaces': 1 });
  });

  test('serves intervals of seconds, by messages that are delayed', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { refreshInterval: '5s' } }));
    await world.settle();
    world.secrets.forgetCalls();

    await world.elapse(60_000);

    expect(world.secrets.calls({ operation: 'read' }).length).toBeGreaterThanOrEqual(11);
    expect(world.secrets.calls({ operation: 'read' }).length).toBeLessThanOrEqual(13);
  });

  test('serves no interval below the minimum of the registration', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { refreshInterval: '5s' } }));
    await world.register({ minRefreshInterval: '30s' });
    await world.elapse(30_000);
    world.secrets.forgetCalls();

    await world.elapse(300_000);

    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(10);
  });

  test.each([
    ['a sync', {}],
    ['an interval of 0', { refreshInterval: '0' }],
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce' }],
    ['OnChange', { refreshPolicy: 'OnChange' }],
    ['a missing Merge target', { target: { creationPolicy: 'Merge' } }],
    ['no target', { target: { creationPolicy: 'None' } }],
    ['a spec that cannot be read', { refreshPolicy: 'x' }],
    ['a key that is missing', { data: [data('a', { key: 'missing' })] }],
    [
      'a key that is missing under Delete',
      { target: { deletionPolicy: 'Delete' }, data: [data('a', { key: 'missing' })] },
    ],
    ['something unsupported', { target: { template: {} } }],
  ])('finds each object due, whatever came of it: %s', async (_, spec) => {
    const world = await createSyncedWorld(externalSecret({ spec }));

    expect((await world.state())?.dueAt).toBeGreaterThan(0);
    expect((await world.state())?.dueAt).toBeLessThanOrEqual(world.clock.now() + DAY);
    const before = (await world.state())?.revision ?? 0;
    await world.elapse(DAY + HOUR);
    expect((await world.state())?.revision).toBeGreaterThan(before);
  });

  test.each([
    ['an interval of 0', { refreshInterval: '0' }],
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce' }],
    ['OnChange', { refreshPolicy: 'OnChange' }],
  ])('looks at an object that needs no refresh once a day: %s', async (_, spec) => {
    const world = await createSyncedWorld(externalSecret({ spec }));

    await world.elapse(2 * DAY + HOUR);

    expect((await world.state())?.revision).toBe(3);
    expect(world.secrets.calls({ operation: 'read' })).toEqual([]);
  });
});
