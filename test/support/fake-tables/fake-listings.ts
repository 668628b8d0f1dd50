import type { Clock } from '../../../src/app/ports/runtime.ts';
import type { ListingMemory, Listings } from '../../../src/app/ports/tables.ts';

const REMEMBERED_MILLISECONDS = 24 * 3_600_000;

export const createFakeListings = (clock: Pick<Clock, 'now'>): Listings => {
  const memories = new Map<string, { readonly memory: ListingMemory; readonly until: number }>();
  return {
    get: async (identity) => {
      const found = memories.get(identity);
      return found !== undefined && found.until > clock.now() ? { ...found.memory } : undefined;
    },
    put: async (identity, memory) => {
      memories.set(identity, { memory: { ...memory }, until: clock.now() + REMEMBERED_MILLISECONDS });
    },
  };
};
