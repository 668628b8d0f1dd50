import type { Cluster } from '../domain/cluster.ts';
import { SyncError } from '../domain/sync-error.ts';
import { ClusterReplacedError, createHoldFeed, type HoldFeedDeps, LeaseLostError } from './feed/hold-feed.ts';
import type { ClusterRegistry, Lease, Leases } from './ports/tables.ts';

/** Times of one invocation; the function's own timeout must be longer than `holdMilliseconds` and a minute. */
export interface WatchTimes {
  /** Leases are given to an heir after this. @default 540 s */
  readonly holdMilliseconds: number;
  /** Leases are given up after this, heir or not. @default 600 s */
  readonly stopMilliseconds: number;
  /** How long an unrenewed lease counts. @default 15 s */
  readonly leaseMilliseconds: number;
  /** @default 5 s */
  readonly renewMilliseconds: number;
  /** How long an invocation without work waits to inherit. @default 20 s */
  readonly inheritMilliseconds: number;
  /** Clusters one invocation holds at most. @default 25 */
  readonly maxClusters: number;
}

export const DEFAULT_WATCH_TIMES: WatchTimes = {
  holdMilliseconds: 540_000,
  stopMilliseconds: 600_000,
  leaseMilliseconds: 15_000,
  renewMilliseconds: 5_000,
  inheritMilliseconds: 20_000,
  maxClusters: 25,
};

const INHERIT_POLL_MILLISECONDS = 2_000;

export interface WatchClustersDeps extends HoldFeedDeps {
  readonly registry: ClusterRegistry;
  readonly leases: Leases;
  /** Unique per invocation. */
  readonly holderId: () => string;
  readonly times: WatchTimes;
}

/**
 * One invocation of the feed. It takes every free cluster, asks for those whose holder has held long enough, waits a
 * moment to inherit them, and holds what it has:
 *
 * ```text
 *   holder A  |== holds ==========================| 540 s: gives to an heir ... 600 s: gives up
 *   each minute: a new invocation takes free leases, or asks and waits 20 s to inherit, or ends
 *   A is killed: its lease runs out after 15 s, the next invocation takes it
 * ```
 */
export const createWatchClusters = (deps: WatchClustersDeps) => {
  const holdFeed = createHoldFeed(deps);
  return async (signal: AbortSignal): Promise<void> => {
    const holder = deps.holderId();
    const startedAt = deps.clock.now();
    const held = new Map<string, Promise<void>>();
    const asked = new Set<string>();
    const askOnce = async (cluster: string): Promise<void> => {
      if (!asked.has(cluster)) await deps.leases.askFor(cluster, holder);
      asked.add(cluster);
    };
    const takeFree = async (): Promise<void> => {
      const clusters = (await deps.registry.list(signal)).filter(({ mode }) => mode !== 'paused');
      for (const cluster of clusters) {
        if (held.has(cluster.name) || held.size >= deps.times.maxClusters || signal.aborted) continue;
        const lease = await take(deps, cluster.name, holder);
        if (lease === undefined) await askOnce(cluster.name);
        else held.set(cluster.name, hold(deps, holdFeed, { cluster, lease, startedAt, signal }));
      }
    };
    await takeFree();
    while (!signal.aborted && deps.clock.now() - startedAt < deps.times.inheritMilliseconds) {
      await deps.clock.sleep(INHERIT_POLL_MILLISECONDS, signal).catch(() => undefined); // an abort ends the loop
      if (!signal.aborted) await takeFree();
    }
    // One cluster's bug must not end the others' watches: it is raised when all have ended.
    const ended = await Promise.allSettled(held.values());
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  };
};

const take = (
  { leases, clock, times }: WatchClustersDeps,
  cluster: string,
  holder: string,
): Promise<Lease | undefined> => {
  const now = clock.now();
  return leases.take(cluster, { holder, now, expiresAt: now + times.leaseMilliseconds });
};

interface Hold {
  readonly cluster: Cluster;
  readonly lease: Lease;
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** Holds one cluster; whatever happens to it stays with it. */
const hold = async (
  deps: WatchClustersDeps,
  holdFeed: ReturnType<typeof createHoldFeed>,
  { cluster, lease, startedAt, signal }: Hold,
): Promise<void> => {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const renewing = renewUntilOver(deps, { lease, startedAt }, until).finally(() => over.abort());
  try {
    await holdFeed(cluster, lease, until);
  } catch (error) {
    if (!isExpected(error)) throw error;
    deps.metrics.count('FeedFailures', { cluster: cluster.name, kind: 'Cluster', reason: error.name });
    deps.log.warn('feed ended', { cluster: cluster.name, errorName: error.name, error: error.message });
  } finally {
    over.abort();
    await renewing;
    await deps.leases.release(lease);
  }
};

const isExpected = (error: unknown): error is SyncError | ClusterReplacedError | LeaseLostError =>
  error instanceof SyncError || error instanceof ClusterReplacedError || error instanceof LeaseLostError;

/** Ends when the lease was lost, its time is over, or somebody fresh waits for it. */
const renewUntilOver = async (
  { leases, clock, times, log }: WatchClustersDeps,
  { lease, startedAt }: Pick<Hold, 'lease' | 'startedAt'>,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    await clock.sleep(times.renewMilliseconds, signal).catch(() => undefined); // an abort ends the loop
    if (signal.aborted) return;
    const heldFor = clock.now() - startedAt;
    if (heldFor >= times.stopMilliseconds) return;
    const renewed = await leases.renew(lease, clock.now() + times.leaseMilliseconds);
    if (renewed === undefined) {
      log.warn('lease lost', { cluster: lease.cluster, holder: lease.holder });
      return;
    }
    if (heldFor >= times.holdMilliseconds && renewed.heir !== undefined && renewed.heir !== lease.holder) return;
  }
};
