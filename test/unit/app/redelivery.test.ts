import { describe, expect, test } from '@jest/globals';
import { ClusterUnreachableError, StoreUnavailableError } from '../../../src/domain/sync-error.ts';
import { createSyncedWorld, DB, type World } from '../../support/world.ts';

const READ_FAILED = 'False SecretSyncedError: could not get secret data from provider';
const EVENT = { type: 'event', eventId: 'e' } as const;

/** A pass told of a failure, and ended before it could remember that; the failure is over. */
const toldAndForgotten = async (): Promise<World> => {
  const world = await createSyncedWorld();
  world.secrets.fail({ operation: 'read' }, () => new StoreUnavailableError('throttled'), 1);
  world.before = (call) => {
    if (call === 'states.put') throw new Error('the process ended');
  };
  await expect(world.sync(DB, EVENT)).rejects.toThrow('the process ended');
  world.before = () => undefined;
  expect(world.ready()).toBe(READ_FAILED);
  return world;
};
const again = (world: World) => world.reconcile({ ...world.request([DB], EVENT), redelivered: true });

describe('a message that is delivered again', () => {
  test('takes back what an earlier delivery told and never remembered', async () => {
    const world = await toldAndForgotten();

    await again(world);

    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('does so although another pass has dealt with its cause meanwhile', async () => {
    const world = await toldAndForgotten();
    await world.sync();

    await world.reconcile({ ...world.request([{ ...DB, dueAt: 1 }], { type: 'due' }), redelivered: true });

    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('does so later when the cluster cannot be asked', async () => {
    const world = await toldAndForgotten();
    world.cluster().fail('readObject', new ClusterUnreachableError('no answer'));
    world.cluster().fail('replaceStatus', new ClusterUnreachableError('no answer'));

    await again(world);
    expect(world.ready()).toBe(READ_FAILED);
    await world.elapse(60_000);

    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('of an object that is gone, or another one by now, tells nobody', async () => {
    const world = await toldAndForgotten();
    world.cluster().delete(DB);

    await again(world);

    expect(world.cluster().requests.count({ verb: 'update', resource: 'externalsecrets/status' })).toBe(1); // before
  });

  test('takes it back although the provider lags behind and it has to wait', async () => {
    const world = await toldAndForgotten();
    await world.rotate('prod/db', 'two');
    world.secrets.manager.lag('prod/db', 1);
    world.takeReady();

    await again(world);
    await world.elapse(5_000);

    expect(world.ready()).toBe('True SecretSynced: secret synced');
    expect(world.target()).toEqual({ password: 'two' });
  });

  test('writes nothing when nothing is amiss', async () => {
    const world = await createSyncedWorld();

    await again(world);

    expect(world.cluster().requests.all()).toEqual({ 'get externalsecrets': 1, 'get secrets': 1 });
  });

  test('that meets a bug comes back', async () => {
    const world = await createSyncedWorld();
    world.cluster().fail('readObject', new TypeError('a bug'));

    await expect(again(world)).rejects.toThrow('a bug');
  });
});
