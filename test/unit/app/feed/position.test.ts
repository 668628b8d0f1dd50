import { describe, expect, test } from '@jest/globals';
import { LeaseLostError } from '../../../../src/app/feed/progress.ts';
import { ClusterUnreachableError } from '../../../../src/domain/sync-error.ts';
import { externalSecret, secretStore } from '../../../support/builders.ts';
import { createFeedWorld, type FeedWorld } from './feed-world.ts';
import { tableAway } from './table-away.ts';

const DB = externalSecret().ref;
const EDITED = { ref: DB, labels: { team: 'b' } };

/** A world whose feed has seen an ExternalSecret and stored how far it came. */
const createHeldWorld = async () => {
  const world = await createFeedWorld();
  world.put(externalSecret());
  await world.settled(DB);
  const feed = await world.hold();
  await world.elapse(2_000);
  world.woken();
  return { world, feed };
};

const lists = (world: FeedWorld) => world.cluster.requests.count({ verb: 'list' });
const positionOf = async (world: FeedWorld) => (await world.position('ExternalSecret'))?.resourceVersion;

describe('the position', () => {
  test('is where the next holder goes on, without a list and without waking anybody', async () => {
    const { world, feed } = await createHeldWorld();
    await feed.stop();
    const listed = lists(world);

    await world.hold();
    await world.elapse(1_000);

    expect(lists(world)).toBe(listed);
    expect(world.woken()).toEqual([]);
  });

  test('brings what happened while nobody watched', async () => {
    const { world, feed } = await createHeldWorld();
    await feed.stop();
    world.put(EDITED);
    world.put(externalSecret({ name: 'made' }));

    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed', 'ExternalSecret/team-a/made feed']);
  });

  test('moves with bookmarks', async () => {
    const { world } = await createHeldWorld();
    world.cluster.putSecret({ namespace: 'team-a', name: 'noise' });

    world.cluster.bookmark();
    await world.elapse(2_250);

    expect(await positionOf(world)).toBe(world.cluster.resourceVersion);
  });

  test('is not written while nothing happens', async () => {
    const { world } = await createHeldWorld();
    const writes: string[] = [];
    world.before = (call) => void (call === 'positions.put' && writes.push(call));

    await world.elapse(10_000);

    expect(writes).toEqual([]);
  });

  test('is stored after the mirror and the messages', async () => {
    const { world } = await createHeldWorld();
    const calls: string[] = [];
    world.before = (call) => void (/put|send/.test(call) && calls.push(call));

    world.put(EDITED);
    await world.elapse(2_250);

    expect(calls).toEqual(['mirror.put', 'messages.send', 'positions.put']);
  });

  test('stays behind while messages cannot be sent', async () => {
    const { world, feed } = await createHeldWorld();
    const before = await positionOf(world);
    world.messages.failWith(tableAway());

    world.put(EDITED);
    await world.elapse(3_000);

    await expect(feed.stop()).rejects.toThrow('throttled');
    expect(await positionOf(world)).toBe(before);
  });

  test('is refused to a holder whose lease another one took, and its feed ends', async () => {
    const { world, feed } = await createHeldWorld();
    await world.elapse(15_000); // nobody renews it here
    const taken = await world.tables.leases.take('one', {
      holder: 'other',
      now: world.clock.now(),
      expiresAt: Infinity,
    });
    const before = await positionOf(world);

    world.put(EDITED);
    await world.elapse(2_500);

    expect(taken?.epoch).toBe(feed.lease.epoch + 1);
    await expect(feed.ended).rejects.toBeInstanceOf(LeaseLostError);
    expect(await positionOf(world)).toBe(before);
  });
});

describe('an event is seen again and nothing is lost', () => {
  test.each(['mirror.put', 'messages.send', 'positions.put'])('when %s fails', async (call) => {
    const { world, feed } = await createHeldWorld();
    world.before = (made) => {
      if (made === call) throw tableAway();
    };

    world.put(EDITED);
    await world.elapse(2_500);
    await feed.stop().catch(() => undefined);
    world.woken();
    world.before = () => undefined;
    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
    expect((await world.tables.mirror.get('one', DB))?.labels).toEqual({ team: 'b' });
  });

  test.each(['mirror.put', 'messages.send', 'positions.put'])('when the holder dies before %s', async (call) => {
    const { world, feed } = await createHeldWorld();
    world.before = (made) => {
      if (made !== call) return undefined;
      feed.kill();
      return new Promise<void>(() => undefined);
    };

    world.put(EDITED);
    await world.elapse(15_000);
    world.woken();
    world.before = () => undefined;
    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  });

  test('when the holder dies in the middle of the first list', async () => {
    const world = await createFeedWorld();
    for (const name of ['a', 'b', 'c']) {
      world.put(externalSecret({ name }));
      await world.settled(externalSecret({ name }).ref); // the table has states from before
    }
    world.before = (call) => (call === 'messages.send' ? new Promise<void>(() => undefined) : undefined);
    const feed = await world.hold();
    feed.kill();
    await world.elapse(15_000);
    world.before = () => undefined;

    await world.hold();

    expect(world.woken()).toHaveLength(3);
  });
});

describe('a watch', () => {
  test('that the server ends goes on where it was', async () => {
    const { world } = await createHeldWorld();
    const listed = lists(world);

    world.cluster.endWatches();
    world.put(EDITED);
    await world.elapse(1_000);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
    expect(lists(world)).toBe(listed);
    expect(world.cluster.openWatches).toBe(8);
  });

  test('that the server ends at once, over and over, is asked for less and less often', async () => {
    const { world } = await createHeldWorld();
    world.cluster.requests.reset();

    for (let second = 0; second < 60; second += 1) {
      world.cluster.endWatches();
      await world.elapse(1_000);
    }

    expect(world.cluster.requests.count({ verb: 'watch', resource: 'externalsecrets' })).toBeLessThan(12);
  });

  test('that fails is tried again with back-off and told of', async () => {
    const { world } = await createHeldWorld();
    world.cluster.fail('watchObjects', new ClusterUnreachableError('the API server answered 503'), 20);
    world.cluster.endWatches();

    await world.elapse(60_000);
    world.put(EDITED);
    await world.elapse(30_000);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
    expect(world.metrics.total('FeedFailures', { reason: 'ClusterUnreachable' })).toBe(20);
    expect(world.clock.slept).toContain(4_000);
  });

  test('begins with what failed to be taken in', async () => {
    const { world } = await createHeldWorld();
    let failures = 2;
    world.before = (call) => {
      if (call === 'mirror.put' && failures-- > 0) throw tableAway();
    };

    world.put(EDITED, secretStore());
    await world.elapse(5_000);

    expect([...world.woken()].sort()).toEqual(['ExternalSecret/team-a/db feed', 'SecretStore/team-a/aws feed']);
  });

  test('whose event is a bug ends the feed with it, once the others have ended', async () => {
    const { world, feed } = await createHeldWorld();
    world.before = (call) => {
      if (call === 'mirror.put') throw new RangeError('a bug');
    };

    world.put(EDITED);
    await world.elapse(500);

    await expect(feed.ended).rejects.toBeInstanceOf(RangeError);
    expect(world.cluster.openWatches).toBe(0);
  });
});

test('a shutdown sends what was gathered and stores the position', async () => {
  const { world, feed } = await createHeldWorld();
  world.put(EDITED);
  await world.rest();
  expect(world.messages.sent).toEqual([]);

  await feed.stop();

  expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  expect(await positionOf(world)).toBe(world.cluster.resourceVersion);
  expect(world.cluster.openWatches).toBe(0);
});
