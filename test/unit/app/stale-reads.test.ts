import { describe, expect, test } from '@jest/globals';
import { SecretNotFoundError } from '../../../src/domain/sync-error.ts';
import { awsProvider, data, externalSecret, secretStore } from '../../support/builders.ts';
import { createSyncedWorld, createWorld } from '../../support/world.ts';

describe('a provider that lags behind its event', () => {
  test('is asked again after 2, 10 and 60 seconds, and nothing older is written [EV6]', async () => {
    const world = await createSyncedWorld();
    const writes = world.watchWrites();
    await world.rotate('prod/db', 'two');
    world.secrets.manager.lag('prod/db', 3);
    const waits: (number | undefined)[] = [];

    for (let look = 0; look < 3; look += 1) {
      await world.settle();
      const seconds = world.waiting()[0]?.seconds;
      waits.push(seconds);
      await world.clock.advance((seconds ?? 0) * 1_000);
    }
    await world.settle();

    expect(waits).toEqual([2, 10, 60]);
    expect(writes).toEqual([{ password: 'two' }]);
  });

  test('says nothing of it in the cluster', async () => {
    const world = await createSyncedWorld();
    await world.rotate('prod/db', 'two');
    world.secrets.manager.lag('prod/db', 1);

    await world.settle();

    expect(world.cluster().requests.all()).toEqual({ 'get secrets': 1 });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('for 30 seconds brings the new value within 72, and never the old one', async () => {
    const world = await createSyncedWorld();
    const writes = world.watchWrites();
    await world.rotate('prod/db', 'two');
    world.secrets.manager.lag('prod/db', 1_000);

    await world.elapse(30_000);
    world.secrets.manager.lag('prod/db', 0);
    await world.elapse(42_000);

    expect(writes).toEqual([{ password: 'two' }]);
  });

  test('for longer than an announcement holds is taken at its word', async () => {
    const world = await createSyncedWorld();
    await world.rotate('prod/db', 'two');
    world.secrets.manager.lag('prod/db', 1_000);

    await world.elapse(140_000);

    expect(world.waiting()).toEqual([]);
    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('cannot undo what a newer read wrote', async () => {
    const world = await createSyncedWorld();
    await world.rotate('prod/db', 'two');
    await world.settle();
    const writes = world.watchWrites();
    world.secrets.manager.lag('prod/db', 1);

    await world.sync();
    await world.elapse(10_000);

    expect(writes).toEqual([]);
  });

  test('cannot undo the later of two versions announced in one second', async () => {
    const world = await createSyncedWorld();
    const first = world.secrets.manager.put('prod/db', { text: 'two' });
    await world.announce('prod/db', first);
    await world.clock.advance(300);
    await world.rotate('prod/db', 'three');
    await world.settle();
    expect(world.target()).toEqual({ password: 'three' });
    const writes = world.watchWrites();
    world.secrets.manager.lag('prod/db', 1);

    await world.sync();
    await world.elapse(10_000);

    expect(writes).toEqual([]);
  });

  test('is no reason to doubt a version that was asked for by name', async () => {
    const world = await createWorld();
    const old = world.secrets.manager.put('prod/db', { text: 'one' });
    const entry = data('password', { version: `uuid/${old}` });
    await world.apply(secretStore(), externalSecret({ spec: { data: [entry] } }));
    await world.settle();

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.waiting()).toEqual([]);
  });

  test('does not find a parameter that was put a moment ago', async () => {
    const world = await createWorld();
    world.secrets.parameters.put('url', 'old');
    await world.apply(
      secretStore({ spec: awsProvider({ service: 'ParameterStore' }) }),
      externalSecret({ spec: { target: { deletionPolicy: 'Delete' }, data: [data('url', { key: 'url' })] } }),
    );
    await world.settle();
    await world.clock.advance(20_000);
    world.secrets.parameters.put('url', 'new');
    const at = world.clock.now();
    await world.findAffected({
      eventId: 'put',
      at,
      keys: [{ account: '111122223333', region: 'eu-central-1', service: 'ssm', name: 'url' }],
      currentVersion: '',
    });
    world.secrets.fail({ operation: 'read' }, () => new SecretNotFoundError(), 1);

    await world.settle();
    expect(world.target()).toEqual({ url: 'old' });
    await world.elapse(2_000);

    expect(world.target()).toEqual({ url: 'new' });
  });
});

describe('a first sync of a key that was just made', () => {
  test('waits for it instead of failing', async () => {
    const world = await createWorld();
    await world.rotate('prod/db', 'one');
    world.secrets.fail({ operation: 'read' }, () => new SecretNotFoundError(), 1);

    await world.apply(secretStore(), externalSecret());
    await world.settle();
    expect(world.ready()).toBeUndefined();
    await world.elapse(2_000);

    expect(world.target()).toEqual({ password: 'one' });
  });
});
