import { SyncError } from '../domain/sync-error.ts';
import { pause } from './feed/back-off.ts';
import { createHoldCluster, type HoldClusterDeps } from './feed/hold-cluster.ts';
import { isCutOff } from './feed/together.ts';
import type { Lease } from './ports/tables.ts';

const INHERIT_POLL_MILLISECONDS = 2_000;

export interface WatchClustersDeps extends HoldClusterDeps {
  /** Unique per invocation. */
  readonly holderId: () => string;
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
  const { clock, times } = deps;
  const holdCluster = createHoldCluster(deps);
  return async (signal: AbortSignal): Promise<void> => {
    const startedAt = clock.now();
    const holds: Promise<void>[] = [];
    const failures: unknown[] = [];
    const hold = (lease: Lease): void => {
      const note = (error: unknown) => void failures.push(error);
      holds.push(holdCluster({ lease, startedAt, signal }).catch(note));
    };
    try {
      const takeFree = createTakeFree(deps, hold);
      await takeFree(signal);
      while (!signal.aborted && clock.now() - startedAt < times.inheritMilliseconds) {
        await pause(clock, INHERIT_POLL_MILLISECONDS, signal);
        if (!signal.aborted) await takeFree(signal);
      }
    } catch (error) {
      if (!isCutOff(error, signal)) failures.push(error);
    }
    await Promise.all(holds);
    // One cluster's bug must not end the others' watches: it is raised when all have ended.
    if (failures.length > 0) throw failures[0];
  };
};

/** Takes what is free, up to the limit, and asks once for what is not. */
const createTakeFree = (deps: WatchClustersDeps, hold: (lease: Lease) => void) => {
  const { registry, leases, clock, times, log } = deps;
  const holder = deps.holderId();
  const held = new Set<string>();
  const asked = new Set<string>();

  const takeOrAsk = async (cluster: string): Promise<void> => {
    const now = clock.now();
    const lease = await leases.take(cluster, { holder, now, expiresAt: now + times.leaseMilliseconds });
    if (lease !== undefined) {
      held.add(cluster);
      asked.delete(cluster);
      hold(lease);
    } else if (!asked.has(cluster) && held.size + asked.size < times.maxClusters) {
      asked.add(cluster);
      await leases.askFor(cluster, holder);
    }
  };

  return async (signal: AbortSignal): Promise<void> => {
    const clusters = (await registry.list(signal)).filter(({ mode }) => mode !== 'paused');
    for (const { name } of clusters) {
      if (held.has(name) || held.size >= times.maxClusters || signal.aborted) continue;
      try {
        await takeOrAsk(name);
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        log.warn('lease not taken', { cluster: name, reason: error.reason, error: error.message });
      }
    }
  };
};
