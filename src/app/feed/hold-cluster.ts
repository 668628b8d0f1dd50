import type { Cluster } from '../../domain/cluster.ts';
import { SyncError } from '../../domain/sync-error.ts';
import { clusterChanges } from '../cluster-changes.ts';
import type { ClusterRegistry, Lease } from '../ports/tables.ts';
import { pause, retryMilliseconds } from './back-off.ts';
import { createHoldFeed, type HoldFeedDeps } from './hold-feed.ts';
import { type KeepLeaseDeps, keepLease } from './keep-lease.ts';
import { LeaseLostError } from './progress.ts';
import { ClusterReplacedError } from './refuse-replaced.ts';
import { isCutOff, raise, together } from './together.ts';

export interface HoldClusterDeps extends HoldFeedDeps, KeepLeaseDeps {
  readonly registry: ClusterRegistry;
}

interface Hold {
  readonly lease: Lease;
  /** Epoch milliseconds, when the invocation began. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** A feed that held for so long is no longer one that fails at once. */
const HEALTHY_AFTER_MILLISECONDS = 60_000;

/** Holds one cluster for as long as its lease is kept; whatever happens to it stays with it. Bugs alone are thrown. */
export const createHoldCluster = (deps: HoldClusterDeps) => {
  const holdFeed = createHoldFeed(deps);
  return async ({ lease, startedAt, signal }: Hold): Promise<void> => {
    const outcomes = await Promise.allSettled([
      together(signal, [
        (until) => holdRegistered(deps, { holdFeed, lease }, until),
        (until) => keepLease(deps, { lease, startedAt }, until),
      ]),
    ]);
    await giveBack(deps, lease);
    raise(outcomes);
  };
};

interface Holding {
  readonly holdFeed: ReturnType<typeof createHoldFeed>;
  readonly lease: Lease;
}

/** A changed registration begins anew with what it says now; a cluster, table or queue that is away is tried again. */
const holdRegistered = async (deps: HoldClusterDeps, holding: Holding, signal: AbortSignal): Promise<void> => {
  const { clock } = deps;
  let failures = 0;
  while (!signal.aborted) {
    const begunAt = clock.now();
    const end = await holdOnce(deps, holding, signal);
    if (end === 'over') return;
    if (end === 'changed' || clock.now() - begunAt >= HEALTHY_AFTER_MILLISECONDS) failures = 0;
    if (end === 'failed') await pause(clock, retryMilliseconds(failures++), signal);
  }
};

const holdOnce = async (
  deps: HoldClusterDeps,
  { holdFeed, lease }: Holding,
  signal: AbortSignal,
): Promise<'over' | 'changed' | 'failed'> => {
  try {
    const cluster = await deps.registry.get(lease.cluster, signal);
    if (cluster === undefined || cluster.mode === 'paused') return 'over';
    await together(signal, [(until) => holdFeed(cluster, lease, until), (until) => untilChanged(deps, cluster, until)]);
    return 'changed';
  } catch (error) {
    if (isCutOff(error, signal) || (signal.aborted && error instanceof SyncError)) return 'over';
    report(deps, lease.cluster, error);
    return error instanceof SyncError ? 'failed' : 'over';
  }
};

/** @throws a bug, as it came */
const report = ({ metrics, log }: HoldClusterDeps, cluster: string, error: unknown): void => {
  if (error instanceof ClusterReplacedError) log.error('cluster replaced', { cluster, error: error.message });
  else if (error instanceof SyncError || error instanceof LeaseLostError)
    log.warn('feed ended', { cluster, errorName: error.name, error: error.message });
  else throw error;
  metrics.count('FeedFailures', { cluster, kind: 'Cluster', reason: error.name });
};

const untilChanged = async (
  { registry, clock, times, log }: HoldClusterDeps,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<void> => {
  for (;;) {
    await pause(clock, times.registrationMilliseconds, signal);
    if (signal.aborted) return;
    const current = await registered(registry, cluster, signal);
    if (current !== undefined && clusterChanges(cluster, current).length === 0) continue;
    log.info('registration changed', { cluster: cluster.name });
    return;
  }
};

/** As it is known when the table does not answer: the next look tells. */
const registered = async (
  registry: ClusterRegistry,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Cluster | undefined> => {
  try {
    return await registry.get(cluster.name, signal);
  } catch (error) {
    if (error instanceof SyncError) return cluster;
    throw error;
  }
};

/** A lease that cannot be given back expires. */
const giveBack = async ({ leases, log }: HoldClusterDeps, lease: Lease): Promise<void> => {
  try {
    await leases.release(lease);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    log.warn('lease not given back', { cluster: lease.cluster, reason: error.reason });
  }
};
