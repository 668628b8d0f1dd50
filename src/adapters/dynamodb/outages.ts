import * as z from 'zod/mini';
import type { Outages } from '../../app/ports/tables.ts';
import { NOT_THERE } from './expression.ts';
import { outageKey } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

const outageSchema = z.object({ since: z.number(), askAgainAt: z.number() });

export const createOutages = (table: Table): Outages => ({
  get: async (cluster, signal) => {
    const item = await table.get(outageKey(cluster), signal);
    return item && parseItem(outageSchema, item);
  },
  put: (cluster, known, { since, askAgainAt }) => {
    const unchanged =
      known === undefined
        ? NOT_THERE
        : { expression: '#since = :since AND #askAgainAt = :askAgainAt', values: { ...known } };
    return table.put({ ...outageKey(cluster), since, askAgainAt }, unchanged);
  },
  end: (cluster) => table.delete(outageKey(cluster), { expression: 'attribute_exists(#pk)' }),
});
