import { describe, expect, test } from '@jest/globals';
import { ClusterUnreachableError, StoreAccessDeniedError } from '../../../src/domain/sync-error.ts';
import { externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB, type World } from '../../support/world.ts';

const SYNCED = 'True SecretSynced: secret synced';
const READ_FAILED = 'False SecretSyncedError: could not get secret data from provider';

const deny = (world: World, times?: number): void =>
  world.secrets.fail({ operation: 'read' }, () => new StoreAccessDeniedError('denied'), times);

/** The next pass will fail, and will tell so after another one succeeded. */
const createLosingWorld = async (): Promise<World> => {
  const world = await createSyncedWorld();
  world.secrets.manager.put('prod/db', { text: 'two' });
  await world.clock.advance(2 * 3_600_000);
  deny(world, 2);
  world.cluster().before('replaceStatus', async () => {
    world.secrets.heal();
    await world.sync(DB, { type: 'store' });
  });
  return world;
};

test.each([
  ['an event', { type: 'event', eventId: 'e' }],
  ['its interval', { type: 'due' }],
] as const)('a failure of a pass that %s began, told after another pass succeeded, is taken back', async (_, cause) => {
  const world = await createLosingWorld();

  await world.sync(DB, cause);

  expect(world.target()).toEqual({ password: 'two' });
  expect(world.ready()).toBe(SYNCED);
});

describe('while what was told over another pass is taken back', () => {
  /** What it tells of is dealt with when another pass has succeeded, so the pass that lost is not run again. */
  const byEvent = (world: World) => world.sync(DB, { type: 'event', eventId: 'e', at: world.clock.now() - 2_000 });

  /** Between the look at what is stored and the telling of it. */
  const beforeItIsToldAgain = (world: World, meanwhile: () => Promise<void>): void => {
    const calls: string[] = [];
    world.before = async (call) => {
      calls.push(call);
      if (calls.slice(-3).join() === 'states.put,states.get,cluster.replaceStatus') await meanwhile();
    };
  };

  test('a third pass that tells and remembers is not told over', async () => {
    const world = await createLosingWorld();
    beforeItIsToldAgain(world, async () => {
      deny(world);
      world.before = () => undefined;
      await world.sync();
    });

    await byEvent(world);

    expect((await world.state())?.status.conditions).toMatchObject([{ status: 'False' }]);
    expect(world.ready()).toBe(READ_FAILED);
  });

  test('a third pass that has told and not yet remembered finds that it was told over', async () => {
    const world = await createLosingWorld();
    const told = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let third: Promise<void> = Promise.resolve();
    beforeItIsToldAgain(world, async () => {
      deny(world);
      world.before = async (call) => {
        if (call !== 'states.put') return;
        world.before = () => undefined;
        told.resolve();
        await goOn.promise;
      };
      third = world.sync();
      await told.promise;
    });

    await byEvent(world);
    goOn.resolve();
    await third;

    expect((await world.state())?.status.conditions).toMatchObject([{ status: 'False' }]);
    expect(world.ready()).toBe(READ_FAILED);
  });

  test('a cluster that gives no answer is told later', async () => {
    const world = await createLosingWorld();
    beforeItIsToldAgain(world, async () => {
      world.before = () => undefined;
      world.cluster().fail('replaceStatus', new ClusterUnreachableError('no answer'), Number.POSITIVE_INFINITY);
    });

    await byEvent(world);
    expect(world.ready()).toBe(READ_FAILED);
    world.cluster().heal();
    await world.elapse(60_000);

    expect(world.ready()).toBe(SYNCED);
  });

  test('a cluster that gives neither pass an answer is told later', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    await world.apply(secretStore(), externalSecret());
    const silent = new ClusterUnreachableError('no answer');
    world.cluster().fail('replaceStatus', silent, Number.POSITIVE_INFINITY);
    world.cluster().before('recordEvent', () => world.sync());

    await world.sync();
    world.cluster().heal();
    await world.elapse(60_000);

    expect(world.ready()).toBe(SYNCED);
  });
});

test('a status whose answer is lost is told again, for what was said is not known', async () => {
  const world = await createSyncedWorld();
  deny(world, 1);
  world.cluster().after('replaceStatus', () => {
    throw new ClusterUnreachableError('no answer');
  });
  await world.sync();
  expect(world.ready()).toBe(READ_FAILED);

  await world.elapse(60_000);

  expect(world.ready()).toBe(SYNCED);
});

test('a Secret to merge into that another pass still missed is seen', async () => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  await world.apply(secretStore(), externalSecret({ spec: { target: { creationPolicy: 'Merge' } } }));
  await world.settle();
  const missed = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  world.before = async (call) => {
    if (call !== 'reader.read') return;
    world.before = () => undefined;
    missed.resolve();
    await goOn.promise;
  };
  const other = world.sync();
  await missed.promise;
  world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { data: values({ own: 'x' }) }, 'helm');
  world.cluster().before('replaceStatus', async () => {
    goOn.resolve();
    await other;
  });

  await world.sync(DB, { type: 'feed' });

  expect(world.target()).toEqual({ own: 'x', password: 'one' });
  expect(world.ready()).toBe(SYNCED);
});
