import type { StoreUsers } from '../../app/ports/tables.ts';
import { parseUser, storePartition, userKey } from './keys.ts';
import { keySchema, parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

/** An item is its key. */
export const createStoreUsers = (table: Table): StoreUsers => ({
  of: async (cluster, store, signal) => {
    const values = { pk: storePartition(cluster, store) };
    const items = await table.query({ expression: '#pk = :pk', values, keysOnly: true }, signal);
    return items.map((item) => parseUser(parseItem(keySchema, item))).filter((user) => user !== undefined);
  },
  add: async (cluster, store, user) => {
    await table.putMany([userKey(cluster, store, user)]); // with those of the other objects of a batch
  },
  remove: async (cluster, store, user) => {
    await table.delete(userKey(cluster, store, user));
  },
});
