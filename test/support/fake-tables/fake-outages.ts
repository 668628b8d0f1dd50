import { isDeepStrictEqual } from 'node:util';
import type { Outage, Outages } from '../../../src/app/ports/tables.ts';

export interface FakeOutages extends Outages {
  forget(cluster: string): void;
}

export const createFakeOutages = (): FakeOutages => {
  const outages = new Map<string, Outage>();
  return {
    get: async (cluster) => structuredClone(outages.get(cluster)),
    put: async (cluster, known, next) => {
      if (!isDeepStrictEqual(outages.get(cluster), known)) return false;
      outages.set(cluster, { ...next });
      return true;
    },
    end: async (cluster) => outages.delete(cluster),
    forget: (cluster) => {
      outages.delete(cluster);
    },
  };
};
