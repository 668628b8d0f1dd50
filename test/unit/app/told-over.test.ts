import { expect, test } from '@jest/globals';
import { StoreAccessDeniedError } from '../../../src/domain/sync-error.ts';
import { createSyncedWorld, DB } from '../../support/world.ts';

test.each([
  ['an event', { type: 'event', eventId: 'e' }],
  ['its interval', { type: 'due' }],
] as const)('a failure of a pass that %s began, told after another pass succeeded, is taken back', async (_, cause) => {
  const world = await createSyncedWorld();
  world.secrets.manager.put('prod/db', { text: 'two' });
  await world.clock.advance(2 * 3_600_000);
  world.secrets.fail({ operation: 'read' }, () => new StoreAccessDeniedError('with the keys of before'), 2);
  world.cluster().before('replaceStatus', async () => {
    world.secrets.heal();
    await world.sync(DB, { type: 'store' });
  });

  await world.sync(DB, cause);

  expect(world.target()).toEqual({ password: 'two' });
  expect(world.ready()).toBe('True SecretSynced: secret synced');
});
