import * as z from 'zod/mini';
import type { Clock } from '../../app/ports/runtime.ts';
import type { HandledEvents } from '../../app/ports/tables.ts';
import { eventKey } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

const REMEMBERED_SECONDS = 24 * 3_600;

const eventSchema = z.object({ ttl: z.number() });

/** DynamoDB deletes expired items up to two days late, so `ttl` is also looked at. */
export const createHandledEvents = (table: Table, clock: Pick<Clock, 'now'>): HandledEvents => ({
  has: async (eventId, signal) => {
    const item = await table.get(eventKey(eventId), signal);
    return item !== undefined && parseItem(eventSchema, item).ttl * 1_000 > clock.now();
  },
  add: async (eventId) => {
    await table.put({ ...eventKey(eventId), ttl: Math.floor(clock.now() / 1_000) + REMEMBERED_SECONDS });
  },
});
