import { expect, test } from '@jest/globals';
import type { ServedRef } from '../../../../src/domain/object-ref.ts';
import { ClusterRejectedError } from '../../../../src/domain/sync-error.ts';
import { externalSecret } from '../../../support/builders.ts';
import { createFeedWorld, type FeedWorld } from './feed-world.ts';

const PUSH: ServedRef = { kind: 'PushSecret', namespace: 'team-a', name: 'push' };

const forbid = (world: FeedWorld) => world.cluster.forbid('list', 'pushsecrets');

const withoutDefinition = (world: FeedWorld) => {
  const { listObjects } = world.cluster.client;
  world.answers = {
    listObjects: async (kind, page, signal) => {
      if (kind === 'PushSecret') throw new ClusterRejectedError('the cluster does not serve pushsecrets');
      return listObjects(kind, page, signal);
    },
  };
};

test.each([
  ['grants no right to PushSecrets', forbid],
  ['has no definition of PushSecrets', withoutDefinition],
])('a cluster that %s is followed all the same, without an alarm', async (_, lacks) => {
  const world = await createFeedWorld();
  world.put(externalSecret());
  lacks(world);

  await world.hold();
  await world.elapse(3_000);

  expect(world.woken()).toContain('ExternalSecret/team-a/db feed');
  expect(world.metrics.total('FeedFailures', {})).toBe(0);
  expect(await world.position('ExternalSecret')).toBeDefined();
  expect(await world.position('PushSecret')).toBeUndefined();
});

test('PushSecrets are followed within a minute or so of the right being granted', async () => {
  const world = await createFeedWorld();
  forbid(world);
  await world.hold();
  world.cluster.put(PUSH, { spec: {} });
  await world.elapse(30_000);
  const early = world.woken();

  world.cluster.heal();
  await world.elapse(61_000);

  expect(early).not.toContain('PushSecret/team-a/push feed');
  expect(world.woken()).toContain('PushSecret/team-a/push feed');
});

test('what a cluster goes without is said once', async () => {
  const world = await createFeedWorld();
  forbid(world);

  await world.hold();
  await world.elapse(185_000);

  const said = world.log.lines.filter(({ message }) => message === 'kind not followed');
  expect(said.map(({ level }) => level)).toEqual(['info']);
});
