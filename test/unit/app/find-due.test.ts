import { describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { NAMESPACE } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const es = (name: string): ServedRef => ({ kind: 'ExternalSecret', namespace: NAMESPACE, name });
const remember = (world: World, ref: ServedRef, { dueAt = 0, cluster = 'one' }) =>
  world.tables.states.put(cluster, ref, {
    expected: 0,
    state: { uid: 'u', status: { conditions: [] }, versions: [], dependsOn: [], stores: [], failures: 0, dueAt },
  });
const dueAt = async (world: World, ref: ServedRef, cluster = 'one') => (await world.state(ref, cluster))?.dueAt;
const TEN_MINUTES = 600_000;

const store = (name: string): ServedRef => ({ kind: 'SecretStore', namespace: NAMESPACE, name });
const checked = (world: World) => world.messages.checks.map(({ objects }) => objects.map(({ name }) => name));

describe('the schedule', () => {
  test('sends what comes due until it runs again, many ExternalSecrets to a message', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    await remember(world, es('overdue'), { dueAt: now - 5_000 });
    await remember(world, es('now'), { dueAt: now });
    await remember(world, es('soon'), { dueAt: now + 30_500 });
    await remember(world, es('last'), { dueAt: now + 60_000 });
    await remember(world, es('later'), { dueAt: now + 60_001 });

    await world.findDue();

    const moved = { cluster: 'one', dueAt: now + TEN_MINUTES };
    expect(world.messages.checks).toEqual([
      {
        traceId: 'trace',
        objects: [
          { ...es('overdue'), ...moved, delaySeconds: 0 },
          { ...es('now'), ...moved, delaySeconds: 0 },
          { ...es('soon'), ...moved, delaySeconds: 31 },
          { ...es('last'), ...moved, delaySeconds: 60 },
        ],
      },
    ]);
    expect(world.waiting()).toEqual([]);
    expect(world.metrics.total('DueObjects')).toBe(4);
  });

  test('sends stores by themselves, each for its time', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    await remember(world, store('now'), { dueAt: now });
    await remember(world, store('soon'), { dueAt: now + 30_500 });

    await world.findDue();

    expect(world.messages.checks).toEqual([]);
    expect(world.waiting()).toMatchObject([
      { seconds: 0, request: { cluster: 'one', cause: { type: 'due' }, objects: [{ name: 'now' }] } },
      { seconds: 31, request: { objects: [{ ...store('soon'), dueAt: now + TEN_MINUTES }] } },
    ]);
  });

  test('moves due times on, so that nothing is sent twice and what is lost comes again', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    await remember(world, es('db'), { dueAt: now });

    await world.findDue();
    await world.findDue();

    expect(checked(world)).toEqual([['db']]);
    expect(await dueAt(world, es('db'))).toBe(now + TEN_MINUTES);
    world.messages.takeChecks();
    await world.clock.advance(TEN_MINUTES);
    await world.findDue();
    expect(checked(world)).toEqual([['db']]);
  });

  test('run twice at once sends each object once', async () => {
    const world = await createWorld();
    for (let index = 0; index < 30; index += 1) await remember(world, es(`db-${index}`), { dueAt: world.clock.now() });

    await Promise.all([world.findDue(), world.findDue()]);

    const names = checked(world).flat();
    expect(names).toHaveLength(30);
    expect(new Set(names).size).toBe(30);
  });

  test('leaves alone what somebody finished meanwhile', async () => {
    const world = await createWorld();
    const now = world.clock.now();
    await remember(world, es('db'), { dueAt: now });
    world.before = async (call) => {
      if (call === 'states.moveDue')
        await world.tables.states.moveDue({ cluster: 'one', ref: es('db'), dueAt: now }, now + 1);
    };

    await world.findDue();

    expect(world.messages.checks).toEqual([]);
    expect(await dueAt(world, es('db'))).toBe(now + 1);
  });

  test('sends ten stores a message, a cluster at a time', async () => {
    const world = await createWorld();
    await world.register({ name: 'two' });
    for (let index = 0; index < 11; index += 1)
      await remember(world, store(`s-${index}`), { dueAt: world.clock.now() });
    await remember(world, store('s'), { dueAt: world.clock.now(), cluster: 'two' });

    await world.findDue();

    expect(world.waiting().map(({ request }) => [request.cluster, request.objects.length])).toEqual([
      ['one', 10],
      ['one', 1],
      ['two', 1],
    ]);
  });

  test('puts off what is due in a paused cluster, lest it hides what is due in others', async () => {
    const world = await createWorld({ mode: 'paused' });
    await remember(world, es('db'), { dueAt: world.clock.now() });

    await world.findDue();

    expect(world.messages.checks).toEqual([]);
    expect(await dueAt(world, es('db'))).toBe(world.clock.now() + TEN_MINUTES);
  });

  test('that crashes before it sends loses nothing', async () => {
    const world = await createWorld();
    await remember(world, es('db'), { dueAt: world.clock.now() });
    world.messages.failWith(new Error('crash'));
    await expect(world.findDue()).rejects.toThrow('crash');

    world.messages.failWith(undefined);
    await world.clock.advance(TEN_MINUTES);
    await world.findDue();

    expect(checked(world)).toEqual([['db']]);
  });
});

describe('a cluster that is not heard from', () => {
  const MINUTE = 60_000;
  const heard = async (world: World, minutesAgo: number): Promise<void> => {
    const lease = await world.tables.leases.take('one', { holder: 'h', now: 0, expiresAt: Number.MAX_SAFE_INTEGER });
    if (lease === undefined) throw new Error('no lease');
    const heardAt = world.clock.now() - minutesAgo * MINUTE;
    await world.tables.positions.put(lease, { kind: 'Secret', namespace: '' }, { resourceVersion: '1', heardAt: 0 });
    await world.tables.positions.put(
      lease,
      { kind: 'ExternalSecret', namespace: '' },
      { resourceVersion: '1', heardAt },
    );
  };

  test.each([
    [4, 0],
    [6, 1],
  ])('for %d minutes raises %d alarms', async (minutes, alarms) => {
    const world = await createWorld();
    await heard(world, minutes);

    await world.findDue();

    expect(world.metrics.total('SilentClusters')).toBe(alarms);
    expect(world.log.lines.filter(({ message }) => message === 'cluster silent')).toHaveLength(alarms);
  });

  test('ever raises an alarm too', async () => {
    const world = await createWorld();

    await world.findDue();

    expect(world.metrics.total('SilentClusters')).toBe(1);
  });

  test('because it is paused raises none', async () => {
    const world = await createWorld({ mode: 'paused' });

    await world.findDue();

    expect(world.metrics.points.filter(({ name }) => name === 'SilentClusters')).toMatchObject([{ value: 0 }]);
  });
});
