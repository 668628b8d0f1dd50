import * as z from 'zod/mini';
import type { WriteLeases } from '../../app/ports/tables.ts';
import { formatRemoteKey } from '../../domain/remote-key.ts';
import { writerKey } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

const leaseSchema = z.object({ by: z.string() });

/** Items of keys that nobody writes any more go by themselves, this long after their leases. */
const KEPT_SECONDS = 3_600;

/** One item a key that is written. It is deleted when it is given back: nothing has to count on. */
export const createWriteLeases = (table: Table): WriteLeases => ({
  take: async (key, { holder, by, now, expiresAt }) => {
    const { done, item } = await table.update({
      key: writerKey(formatRemoteKey(key)),
      change: 'SET #holder = :holder, #by = :by, #expiresAt = :expiresAt, #ttl = :ttl',
      // Ours already: the client repeats a request whose answer was lost.
      condition: 'attribute_not_exists(#pk) OR #expiresAt <= :now OR #holder = :holder',
      values: { holder, by, expiresAt, now, ttl: Math.ceil(expiresAt / 1_000) + KEPT_SECONDS },
    });
    if (done) return { taken: true };
    return { taken: false, by: item === undefined ? '' : parseItem(leaseSchema, item).by };
  },
  release: async (key, holder) => {
    await table.delete(writerKey(formatRemoteKey(key)), { expression: '#holder = :holder', values: { holder } });
  },
});
