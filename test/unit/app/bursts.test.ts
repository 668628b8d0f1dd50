import { expect, test } from '@jest/globals';
import type { Cause } from '../../../src/domain/message.ts';
import { createSyncedWorld } from '../../support/world.ts';

const eventAt = (at: number): Cause => ({ type: 'event', eventId: 'event-1', at });

test('an event that a later pass covered costs no request to the cluster and no read', async () => {
  const world = await createSyncedWorld();
  const verifiedAt = (await world.state())?.verifiedAt ?? 0;
  world.cluster().requests.reset();
  world.secrets.forgetCalls();

  await world.sync(undefined, eventAt(verifiedAt - 1_000));

  expect(world.cluster().requests.all()).toEqual({});
  expect(world.secrets.calls()).toEqual([]);
});

test('an event of the second in which the last pass began is read after', async () => {
  const world = await createSyncedWorld();
  const verifiedAt = (await world.state())?.verifiedAt ?? 0;
  world.secrets.forgetCalls();

  await world.sync(undefined, eventAt(verifiedAt - 999));

  expect(world.secrets.calls({ operation: 'read' })).toHaveLength(1);
});
