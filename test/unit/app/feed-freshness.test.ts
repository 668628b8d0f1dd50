import { describe, expect, test } from '@jest/globals';
import { externalSecret, NAMESPACE, secretStore } from '../../support/builders.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

const MINUTE = 60_000;

/** `db` waits in the queue, longer than the feed's word of it is fresh. */
const waiting = async (): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  await world.apply(secretStore());
  await world.settle();
  await world.apply(externalSecret());
  world.cluster().requests.reset();
  return world;
};

const hear = async (world: World, namespace = '', kind: 'ExternalSecret' | 'Secret' = 'ExternalSecret') => {
  const lease = await world.tables.leases.take('one', { holder: 'h', now: 0, expiresAt: Number.MAX_SAFE_INTEGER });
  if (lease === undefined) throw new Error('no lease');
  await world.tables.positions.put(lease, { kind, namespace }, { resourceVersion: '1', heardAt: world.clock.now() });
};

const asked = (world: World) => world.cluster().requests.count({ verb: 'get', resource: 'externalsecrets' });

describe('a first sync that waited', () => {
  test.each([
    ['in the whole cluster', ''],
    ['in its namespace', NAMESPACE],
  ])('asks nobody whether its object is still there when the feed told something later %s', async (_, namespace) => {
    const world = await waiting();
    await world.clock.advance(MINUTE);
    await hear(world, namespace);

    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(asked(world)).toBe(0);
  });

  test.each<[string, Parameters<typeof hear>[1], Parameters<typeof hear>[2]]>([
    ['told something of another namespace', 'else', 'ExternalSecret'],
    ['told something of another kind', '', 'Secret'],
  ])('asks when the feed %s', async (_, namespace, kind) => {
    const world = await waiting();
    await world.clock.advance(MINUTE);
    await hear(world, namespace, kind);

    await world.settle();

    expect(asked(world)).toBe(1);
  });

  test('asks when the feed told nothing since', async () => {
    const world = await waiting();
    await world.clock.advance(MINUTE);

    await world.settle();

    expect(asked(world)).toBe(1);
  });

  test('asks when it waited for long, since a list may have missed the object meanwhile', async () => {
    const world = await waiting();
    await world.clock.advance(11 * MINUTE);
    await hear(world);

    await world.settle();

    expect(asked(world)).toBe(1);
  });

  test('makes nothing of an object that the cluster does not have any more', async () => {
    const world = await waiting();
    await world.clock.advance(MINUTE);
    world.cluster().delete(DB);

    await world.settle();

    expect(world.target()).toBeUndefined();
  });
});

test('a target that was deleted is not made again before the cluster was asked', async () => {
  const world = await waiting();
  await world.settle();
  await world.clock.advance(MINUTE);
  await hear(world);
  world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name: 'db' });
  world.cluster().requests.reset();

  await world.sync();

  expect(asked(world)).toBe(1);
});
