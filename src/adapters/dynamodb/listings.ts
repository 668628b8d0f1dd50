import * as z from 'zod/mini';
import type { Clock } from '../../app/ports/runtime.ts';
import type { Listings } from '../../app/ports/tables.ts';
import { listingKey } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

const REMEMBERED_SECONDS = 24 * 3_600;

const listingSchema = z.object({
  pages: z.exactOptional(z.number()),
  deniedUntil: z.exactOptional(z.number()),
  ttl: z.number(),
});

/** DynamoDB deletes expired items up to two days late, so `ttl` is also looked at. */
export const createListings = (table: Table, clock: Pick<Clock, 'now'>): Listings => ({
  get: async (identity, signal) => {
    const item = await table.get(listingKey(identity), signal);
    if (item === undefined) return undefined;
    const { ttl, ...memory } = parseItem(listingSchema, item);
    return ttl * 1_000 > clock.now() ? memory : undefined;
  },
  put: async (identity, memory) => {
    await table.put({ ...listingKey(identity), ...memory, ttl: Math.floor(clock.now() / 1_000) + REMEMBERED_SECONDS });
  },
});
