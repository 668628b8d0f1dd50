import type { Quotas } from '../../../src/app/ports/tables.ts';

export const createFakeQuotas = (): Quotas => {
  const free = new Map<string, number>();
  return {
    reserve: async (quota, { now, latest, stepMilliseconds }) => {
      const at = Math.max(now, free.get(quota) ?? 0);
      if (at > latest) return { taken: false, at };
      free.set(quota, at + stepMilliseconds);
      return { taken: true, at };
    },
    giveBack: async (quota, stepMilliseconds) => {
      const at = free.get(quota);
      if (at !== undefined) free.set(quota, at - stepMilliseconds);
    },
  };
};
