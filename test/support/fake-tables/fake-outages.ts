import type { Outage, Outages } from '../../../src/app/ports/tables.ts';

export interface FakeOutages extends Outages {
  forget(cluster: string): void;
}

export const createFakeOutages = (): FakeOutages => {
  const outages = new Map<string, Outage>();
  return {
    get: async (cluster) => {
      const outage = outages.get(cluster);
      return outage && { ...outage };
    },
    put: async (cluster, known, next) => {
      const current = outages.get(cluster);
      if (current?.since !== known?.since || current?.askAgainAt !== known?.askAgainAt) return false;
      outages.set(cluster, { ...next });
      return true;
    },
    end: async (cluster) => outages.delete(cluster),
    forget: (cluster) => {
      outages.delete(cluster);
    },
  };
};
