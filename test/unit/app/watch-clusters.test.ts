import { describe, expect, test } from '@jest/globals';
import { DEFAULT_WATCH_TIMES, type WatchTimes } from '../../../src/app/feed/watch-times.ts';
import { createWatchClusters } from '../../../src/app/watch-clusters.ts';
import { ClusterUnreachableError } from '../../../src/domain/sync-error.ts';
import { externalSecret } from '../../support/builders.ts';
import { type BeforeCall, intercept } from '../../support/intercept.ts';
import { createFeedWorld, FeedWorld } from './feed/feed-world.ts';
import { tableAway } from './feed/table-away.ts';

const DB = externalSecret().ref;

interface Invocation {
  readonly ended: Promise<void>;
  readonly isOver: () => boolean;
  readonly stop: () => void;
  readonly kill: () => void;
}

/** Starts an invocation of the function, as the schedule does. */
const invoke = (world: FeedWorld, holder: string, times: Partial<WatchTimes> = {}): Invocation => {
  const over = new AbortController();
  let dead = false;
  let ended = false;
  const before: BeforeCall = (call) => (dead ? new Promise<void>(() => undefined) : world.before(call));
  const watchClusters = createWatchClusters({
    ...world.deps(before),
    registry: intercept('registry', world.tables.clusters, before),
    leases: intercept('leases', world.tables.leases, before),
    holderId: () => holder,
    times: { ...DEFAULT_WATCH_TIMES, ...times },
  });
  const running = watchClusters(over.signal).finally(() => {
    ended = true;
  });
  running.catch(() => undefined); // the test asks for it, or does not care
  return {
    ended: running,
    isOver: () => ended,
    stop: () => over.abort(),
    kill: () => {
      dead = true;
    },
  };
};

const holderOf = async (world: FeedWorld, cluster = 'one') => (await world.tables.leases.get(cluster))?.holder;

const createWorldWith = async (...names: readonly string[]): Promise<FeedWorld> => {
  const world = new FeedWorld();
  for (const name of names) {
    await world.register({ name });
    world.clusterOf(name).put(DB, { spec: externalSecret().spec });
  }
  return world;
};

/** Of which clusters something was woken since the last time. */
const wokenClusters = (world: FeedWorld) => [...new Set(world.messages.takeAll().map(({ cluster }) => cluster))].sort();
const edit = (world: FeedWorld, cluster: string): void =>
  void world.clusterOf(cluster).put(DB, { labels: { at: world.clusterOf(cluster).resourceVersion } });

describe('a cluster', () => {
  test('is held by one invocation at a time', async () => {
    const world = await createWorldWith('one');
    invoke(world, 'a');
    await world.elapse(250);

    const b = invoke(world, 'b');
    await world.elapse(25_000);

    expect(await holderOf(world)).toBe('a');
    expect(b.isOver()).toBe(true);
    expect(world.cluster.openWatches).toBe(8);
  });

  test('that is paused is not taken', async () => {
    const world = await createFeedWorld({ mode: 'paused' });
    const takes: string[] = [];
    world.before = (call) => void (call === 'leases.take' && takes.push(call));
    const a = invoke(world, 'a');

    await world.elapse(25_000);

    expect(a.isOver()).toBe(true);
    expect(takes).toEqual([]);
    expect(world.cluster.requests.count()).toBe(0);
  });

  test('that is observed only is watched like others', async () => {
    const world = await createFeedWorld({ mode: 'observe' });
    world.put(externalSecret());
    invoke(world, 'a');

    await world.elapse(500);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed']);
  });

  test('registered while others are held is taken by the next invocation', async () => {
    const world = await createWorldWith('one');
    invoke(world, 'a');
    await world.elapse(30_000);
    await world.register({ name: 'two' });

    invoke(world, 'b');
    await world.elapse(2_000);

    expect(await holderOf(world, 'one')).toBe('a');
    expect(await holderOf(world, 'two')).toBe('b');
  });

  test('beyond what one invocation may hold is left to another', async () => {
    const world = await createWorldWith('one', 'two', 'three');

    invoke(world, 'a', { maxClusters: 2 });
    await world.elapse(250);
    invoke(world, 'b', { maxClusters: 2 });
    await world.elapse(250);

    const holders = await Promise.all(['one', 'two', 'three'].map((name) => holderOf(world, name)));
    expect([...holders].sort()).toEqual(['a', 'a', 'b']);
  });
});

describe('an heir', () => {
  test('asks for as many clusters as it may hold', async () => {
    const world = await createWorldWith('one', 'two', 'three');
    invoke(world, 'a');
    await world.elapse(250);

    invoke(world, 'b', { maxClusters: 2 });
    await world.elapse(10_000);

    const leases = await Promise.all(['one', 'two', 'three'].map((name) => world.tables.leases.get(name)));
    expect(leases.filter((lease) => lease?.heir === 'b')).toHaveLength(2);
  });
});

describe('a holder', () => {
  test('hands over to an heir after its time, without a gap', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(540_000);
    world.woken();

    invoke(world, 'b');
    for (let second = 0; second < 20; second += 1) {
      edit(world, 'one');
      await world.elapse(1_000);
    }

    expect(a.isOver()).toBe(true);
    expect(await holderOf(world)).toBe('b');
    expect((await world.tables.mirror.get('one', DB))?.resourceVersion).toBe(world.cluster.object(DB)?.resourceVersion);
    expect(world.cluster.requests.count({ verb: 'list' })).toBe(8);
    expect(world.woken()).toContain('ExternalSecret/team-a/db feed');
  });

  test('does not hand over before its time', async () => {
    const world = await createWorldWith('one');
    invoke(world, 'a');
    await world.elapse(500_000);

    invoke(world, 'b');
    await world.elapse(30_000);

    expect(await holderOf(world)).toBe('a');
  });

  test('does not hand over to an heir that asked too long ago to be waiting still', async () => {
    const world = await createWorldWith('one');
    invoke(world, 'a');
    await world.elapse(510_000);
    invoke(world, 'b');

    await world.elapse(50_000);

    expect(await holderOf(world)).toBe('a');
  });

  test('gives up after its last minute, heir or not', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');

    await world.elapse(600_000);

    expect(a.isOver()).toBe(true);
    expect(await holderOf(world)).toBeUndefined();
    expect(world.cluster.openWatches).toBe(0);
  });

  test('that was killed is followed by the next when its lease has run out', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(1_000);
    a.kill();
    edit(world, 'one');
    world.woken();

    invoke(world, 'b');
    await world.elapse(20_000);

    expect(await holderOf(world)).toBe('b');
    expect(world.woken()).toContain('ExternalSecret/team-a/db feed');
  });

  test('that loses its lease ends its feed', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(22_000);
    await world.tables.leases.take('one', { holder: 'b', now: Number.POSITIVE_INFINITY, expiresAt: 0 });

    await world.elapse(5_000);

    expect(a.isOver()).toBe(true);
    expect(await holderOf(world)).toBe('b');
    expect(world.cluster.openWatches).toBe(0);
  });

  test('keeps its lease while the table is away for a moment', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(21_000);
    world.before = (call) => {
      if (call === 'leases.renew') throw tableAway();
    };
    await world.elapse(9_000);
    world.before = () => undefined;

    await world.elapse(15_000);

    expect(a.isOver()).toBe(false);
    expect(world.cluster.openWatches).toBe(8);
  });

  test('ends its feed when the table is away for longer than the lease', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(21_000);
    world.before = (call) => {
      if (call.startsWith('leases.')) throw tableAway();
    };

    await world.elapse(25_000);

    await expect(a.ended).resolves.toBeUndefined();
    expect(world.cluster.openWatches).toBe(0);
  });

  test('shut down sends what was gathered, stores positions and gives its leases back', async () => {
    const world = await createWorldWith('one', 'two');
    const a = invoke(world, 'a');
    await world.elapse(3_000);
    world.woken();
    edit(world, 'one');
    await world.rest();

    a.stop();
    await world.rest();

    await expect(a.ended).resolves.toBeUndefined();
    expect(wokenClusters(world)).toEqual(['one']);
    expect((await world.tables.positions.get('one', 'ExternalSecret', ''))?.resourceVersion).toBe(
      world.clusterOf('one').resourceVersion,
    );
    expect(await holderOf(world, 'one')).toBeUndefined();
    expect(await holderOf(world, 'two')).toBeUndefined();
    expect(world.log.lines).toEqual([]);
  });
});

test('a shutdown that cuts off a request is no failure', async () => {
  const world = await createWorldWith('one');
  world.clusterOf('one').hang('kubeSystemUid');
  const a = invoke(world, 'a');
  await world.elapse(250);

  a.stop();

  await expect(a.ended).resolves.toBeUndefined();
  expect(world.metrics.points).toEqual([]);
  expect(await holderOf(world)).toBeUndefined();
});

describe('one bad neighbour harms only itself:', () => {
  test('a cluster that cannot be reached is tried again with back-off, the others go on', async () => {
    const world = await createWorldWith('bad', 'good');
    world.clusterOf('bad').fail(undefined, new ClusterUnreachableError('no answer in time'), 4);

    invoke(world, 'a');
    await world.elapse(500);
    const first = wokenClusters(world);
    await world.elapse(10_000);

    expect(first).toEqual(['good']);
    expect(wokenClusters(world)).toEqual(['bad']);
    expect(world.metrics.total('FeedFailures', { cluster: 'bad', reason: 'ClusterUnreachableError' })).toBe(4);
    expect(world.metrics.total('FeedFailures', { cluster: 'good' })).toBe(0);
  });

  test('a cluster that hangs keeps nobody waiting', async () => {
    const world = await createWorldWith('bad', 'good');
    world.clusterOf('bad').hang('kubeSystemUid', 100);

    invoke(world, 'a');
    await world.elapse(500);

    expect(wokenClusters(world)).toEqual(['good']);
  });

  test('a bug in one feed is raised when the others have ended', async () => {
    const world = await createWorldWith('bad', 'good');
    world.clusterOf('bad').fail('kubeSystemUid', new RangeError('a bug'));
    const a = invoke(world, 'a');
    await world.elapse(30_000);
    world.woken();

    edit(world, 'good');
    await world.elapse(500);
    const meanwhile = wokenClusters(world);
    const wasOver = a.isOver();
    a.stop();

    expect(meanwhile).toEqual(['good']);
    expect(wasOver).toBe(false);
    await expect(a.ended).rejects.toThrow('a bug');
    expect(await holderOf(world, 'bad')).toBeUndefined();
  });

  test('a bug in taking leases is raised when what is held has ended', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(1_000);
    world.before = (call) => {
      if (call === 'registry.list') throw new RangeError('a bug');
    };
    await world.elapse(30_000);

    expect(world.cluster.openWatches).toBe(8);
    a.stop();
    await expect(a.ended).rejects.toThrow('a bug');
    expect(await holderOf(world)).toBeUndefined();
  });

  test('a lease that cannot be taken is tried again, the others are', async () => {
    const world = await createWorldWith('one', 'two');
    let failures = 1;
    world.before = (call) => {
      if (call === 'leases.take' && failures-- > 0) throw tableAway();
    };

    invoke(world, 'a');
    await world.elapse(1_000);
    const first = wokenClusters(world);
    await world.elapse(2_000);

    expect(first).toEqual(['two']);
    expect(wokenClusters(world)).toEqual(['one']);
  });

  test('a cluster rebuilt under its name is told of, counted, and forgets nothing', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(3_000);
    a.stop();
    await world.rest();
    await world.tables.clusters.put({ ...world.registered, kubeSystemUid: 'another-cluster' });

    const b = invoke(world, 'b');
    await world.elapse(25_000);

    await expect(b.ended).resolves.toBeUndefined();
    expect(world.log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['error cluster replaced']);
    expect(world.metrics.total('FeedFailures', { cluster: 'one', reason: 'ClusterReplacedError' })).toBe(1);
    expect(await world.tables.mirror.get('one', DB)).toBeDefined();
  });

  test('a queue that is away for a while loses nothing', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(3_000);
    await world.settled(DB);
    world.woken();
    world.messages.failWith(tableAway());
    edit(world, 'one');
    await world.elapse(20_000);
    world.messages.failWith(undefined);

    await world.elapse(20_000);

    expect(world.woken()).toContain('ExternalSecret/team-a/db feed');
    expect(a.isOver()).toBe(false);
  });
});

describe('a registration changed while it is held', () => {
  test('is followed as it is now, under the same lease', async () => {
    const world = await createWorldWith('one');
    invoke(world, 'a');
    await world.elapse(5_000);
    const lease = await world.tables.leases.get('one');
    await world.register({ namespaces: ['team-a', 'team-b'] });

    await world.elapse(30_000);

    expect(world.cluster.openWatches).toBe(2 + 4 * 2);
    expect((await world.tables.leases.get('one'))?.epoch).toBe(lease?.epoch);
  });

  test('to paused ends the feed and gives the lease back', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(5_000);
    await world.register({ mode: 'paused' });

    await world.elapse(30_000);

    await expect(a.ended).resolves.toBeUndefined();
    expect(await holderOf(world)).toBeUndefined();
    expect(world.cluster.openWatches).toBe(0);
  });

  test('to nothing ends the feed with its lease', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(21_000);
    await world.tables.clusters.remove('one');

    await world.elapse(5_000);

    await expect(a.ended).resolves.toBeUndefined();
    expect(world.cluster.openWatches).toBe(0);
  });

  test('is looked at again when the table does not answer', async () => {
    const world = await createWorldWith('one');
    const a = invoke(world, 'a');
    await world.elapse(5_000);
    world.before = (call) => {
      if (call === 'registry.get') throw tableAway();
    };
    await world.elapse(30_000);
    world.before = () => undefined;

    expect(a.isOver()).toBe(false);
    expect(world.cluster.openWatches).toBe(8);
  });
});
