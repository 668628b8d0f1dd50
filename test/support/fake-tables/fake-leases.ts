import type { Lease, Leases } from '../../../src/app/ports/tables.ts';

interface Entry {
  readonly lease: Lease;
  /** Given back. The entry stays for its epoch, and for its heir until it expires. */
  readonly released: boolean;
}

export interface FakeLeases extends Leases {
  /** True while `lease` is the one that holds its cluster. */
  isCurrent(lease: Lease): boolean;
  forget(cluster: string): void;
}

export const createFakeLeases = (): FakeLeases => {
  const entries = new Map<string, Entry>();
  const held = (cluster: string): Lease | undefined => {
    const entry = entries.get(cluster);
    return entry === undefined || entry.released ? undefined : entry.lease;
  };
  const isCurrent = ({ cluster, holder, epoch }: Lease): boolean =>
    held(cluster)?.holder === holder && held(cluster)?.epoch === epoch;
  return {
    isCurrent,
    get: async (cluster) => structuredClone(held(cluster)),
    take: async (cluster, { holder, now, expiresAt }) => {
      const entry = entries.get(cluster);
      const current = held(cluster);
      // A client repeats a request whose answer was lost; the second finds the first one's lease.
      if (current?.holder === holder && current.expiresAt === expiresAt) return { ...current };
      if (entry !== undefined && !isFree(entry, holder, now)) return undefined;
      const lease: Lease = { cluster, holder, epoch: (entry?.lease.epoch ?? 0) + 1, expiresAt };
      entries.set(cluster, { lease, released: false });
      return { ...lease };
    },
    renew: async (lease, expiresAt) => {
      const current = held(lease.cluster);
      if (current === undefined || !isCurrent(lease)) return undefined;
      const renewed: Lease = { ...current, expiresAt };
      entries.set(lease.cluster, { lease: renewed, released: false });
      return { ...renewed };
    },
    release: async (lease) => {
      const current = held(lease.cluster);
      if (current !== undefined && isCurrent(lease)) entries.set(lease.cluster, { lease: current, released: true });
    },
    askFor: async (cluster, heir) => {
      const current = held(cluster);
      if (current !== undefined) entries.set(cluster, { lease: { ...current, heir }, released: false });
    },
    forget: (cluster) => {
      entries.delete(cluster);
    },
  };
};

const isFree = ({ lease, released }: Entry, claimant: string, now: number): boolean => {
  if (lease.expiresAt <= now) return true;
  return released && (lease.heir === undefined || lease.heir === claimant);
};
