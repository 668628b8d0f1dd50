import { describe, expect, test } from '@jest/globals';
import { ClusterUnreachableError } from '../../../src/domain/sync-error.ts';
import { createSyncedWorld, DB, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const NAMESPACES = { verb: 'get', resource: 'namespaces' };

/** Another cluster answers under the name: the registration knows the uid of the old one. */
const replaced = async (): Promise<World> => {
  const world = await createSyncedWorld();
  await world.clock.advance(10 * MINUTE);
  await world.register({ kubeSystemUid: 'the-old-one' });
  world.cluster().requests.reset();
  world.cluster().events.length = 0;
  return world;
};

describe('a cluster that was rebuilt under its name', () => {
  test('gets nothing of what old messages would write: no Secret, no status, no event', async () => {
    const world = await replaced();
    const before = { target: world.target(), object: world.object() };

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect({ target: world.target(), object: world.object() }).toEqual(before);
    expect(world.cluster().events).toEqual([]);
    expect((await world.state())?.failures).toBe(1);
  });

  test('is asked who it is once for all the writes that are refused', async () => {
    const world = await replaced();

    await world.rotate('prod/db', 'two');
    await world.elapse(4 * MINUTE);

    expect(world.cluster().requests.count(NAMESPACES)).toBe(1);
  });

  test('is written to when it is registered again', async () => {
    const world = await replaced();
    await world.rotate('prod/db', 'two');
    await world.settle();

    await world.register();
    await world.elapse(7 * MINUTE);

    expect(world.target()).toEqual({ password: 'two' });
  });
});

test('a cluster that replaced another is written to at once by who knew the other', async () => {
  const world = await replaced();
  await world.rotate('prod/db', 'two');
  await world.settle();

  await world.register();
  await world.sync();

  expect(world.target()).toEqual({ password: 'two' });
});

describe('a cluster that is the one that was registered', () => {
  test('is asked who it is before a write, and not again for five minutes', async () => {
    const world = await createSyncedWorld();
    await world.clock.advance(10 * MINUTE);

    await world.rotate('prod/db', 'two');
    await world.settle();
    await world.rotate('prod/db', 'three');
    await world.settle();
    expect(world.cluster().requests.count(NAMESPACES)).toBe(1);

    await world.elapse(5 * MINUTE);
    await world.rotate('prod/db', 'four');
    await world.settle();
    expect(world.cluster().requests.count(NAMESPACES)).toBe(2);
  });

  test('is not asked by passes that write nothing', async () => {
    const world = await createSyncedWorld();
    await world.clock.advance(10 * MINUTE);

    await world.sync();

    expect(world.cluster().requests.count(NAMESPACES)).toBe(0);
  });

  test('fails the pass while it cannot be asked, and is written to later', async () => {
    const world = await createSyncedWorld();
    await world.clock.advance(10 * MINUTE);
    world.cluster().fail('kubeSystemUid', new ClusterUnreachableError('no answer'), 3);

    await world.rotate('prod/db', 'two');
    await world.settle();
    expect(world.target()).toEqual({ password: 'one' });
    await world.elapse(MINUTE);

    expect(world.target()).toEqual({ password: 'two' });
    expect(world.ready(DB)).toBe('True SecretSynced: secret synced');
  });
});
