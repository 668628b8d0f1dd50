import { describe, expect, test } from '@jest/globals';
import { externalSecret, secretStore } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

/** A world where `prod/db` holds `one` and is synced. */
const synced = async (): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  await world.apply(secretStore(), externalSecret());
  await world.settle();
  return world;
};

describe('a first sync', () => {
  test('writes the target and says so', async () => {
    const world = await synced();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
    expect(world.events()).toEqual(['Normal Valid: store validated', 'Normal Created: secret created']);
  });
});

describe('a rotation', () => {
  test('reaches the target by its event', async () => {
    const world = await synced();
    await world.clock.advance(5_000);

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
    expect(world.events().at(-1)).toBe('Normal Updated: secret updated');
  });

  test('costs nothing when it is the same again', async () => {
    const world = await synced();
    world.cluster().requests.reset();

    await world.sync();

    expect(world.cluster().requests.all()).toEqual({ 'get secrets': 1 });
  });
});
