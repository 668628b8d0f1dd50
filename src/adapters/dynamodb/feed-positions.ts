import * as z from 'zod/mini';
import type { FeedPositions } from '../../app/ports/tables.ts';
import { clusterPartition, FEED_PREFIX, feedKey, leaseKey, parseFeed } from './keys.ts';
import { stillHeld } from './leases.ts';
import { keySchema, parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

const positionSchema = z.object({ resourceVersion: z.string(), heardAt: z.number() });

export const createFeedPositions = (table: Table): FeedPositions => ({
  get: async (cluster, kind, namespace) => {
    const item = await table.get(feedKey(cluster, kind, namespace));
    return item && parseItem(positionSchema, item);
  },
  /** One transaction with the lease: who lost it a moment ago cannot move the new holder's position. */
  put: (lease, { kind, namespace }, { resourceVersion, heardAt }) =>
    table.transact([
      { check: leaseKey(lease.cluster), condition: stillHeld(lease) },
      { put: { ...feedKey(lease.cluster, kind, namespace), resourceVersion, heardAt } },
    ]),
  list: async (cluster) => {
    const values = { pk: clusterPartition(cluster), prefix: FEED_PREFIX };
    const items = await table.query({ expression: '#pk = :pk AND begins_with(#sk, :prefix)', values });
    return items.flatMap((item) => {
      const feed = parseFeed(parseItem(keySchema, item));
      return feed === undefined ? [] : [{ ...feed, ...parseItem(positionSchema, item) }];
    });
  },
});
