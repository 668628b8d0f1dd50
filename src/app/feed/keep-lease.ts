import { SyncError } from '../../domain/sync-error.ts';
import type { Clock, Log } from '../ports/runtime.ts';
import type { Lease, Leases } from '../ports/tables.ts';
import { pause } from './back-off.ts';
import type { WatchTimes } from './watch-times.ts';

export interface KeepLeaseDeps {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: WatchTimes;
}

interface Kept {
  readonly lease: Lease;
  /** Epoch milliseconds, when the invocation began. */
  readonly startedAt: number;
}

/** Renews a lease; ends when it was lost, its time is over, or somebody fresh waits for it. */
export const keepLease = async (
  deps: KeepLeaseDeps,
  { lease, startedAt }: Kept,
  signal: AbortSignal,
): Promise<void> => {
  const { clock, times, log } = deps;
  const isFresh = createFreshness(times.inheritMilliseconds);
  let current = lease;
  for (;;) {
    await pause(clock, times.renewMilliseconds, signal);
    const heldFor = clock.now() - startedAt;
    if (signal.aborted || heldFor >= times.stopMilliseconds) return;
    const renewed = await renew(deps, current);
    if (renewed === undefined) {
      log.warn('lease lost', { cluster: lease.cluster, holder: lease.holder });
      return;
    }
    current = renewed;
    if (isFresh(renewed.heir, clock.now()) && heldFor >= times.holdMilliseconds) return;
  }
};

/** A table that is away for a moment costs no lease: it counts until it expires. */
const renew = async ({ leases, clock, times, log }: KeepLeaseDeps, lease: Lease): Promise<Lease | undefined> => {
  const now = clock.now();
  try {
    return await leases.renew(lease, now + times.leaseMilliseconds);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    log.warn('lease not renewed', { cluster: lease.cluster, reason: error.reason, error: error.message });
    return clock.now() < lease.expiresAt ? lease : undefined;
  }
};

/** Heirs wait for a moment only: one that asked long ago is no longer there to take over. */
const createFreshness = (milliseconds: number) => {
  let known: string | undefined;
  let seenAt = 0;
  return (heir: string | undefined, now: number): boolean => {
    if (heir !== known) [known, seenAt] = [heir, now];
    return heir !== undefined && now - seenAt < milliseconds / 2;
  };
};
