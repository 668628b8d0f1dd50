import * as z from 'zod/mini';
import { parsePlaced } from '../../domain/find-selector.ts';
import { parseRef } from '../../domain/object-ref.ts';
import { clusterPartition, dependantKey, finderKey, type Key, parseStateRef, STATE_PREFIX, userKey } from './keys.ts';
import { keySchema, parseItem } from './parse-item.ts';
import type { RawItem, Table } from './table.ts';

const usesSchema = z.object({
  dependsOn: z.array(z.string()),
  stores: z.array(z.string()),
  finds: z._default(z.array(z.string()), []),
});

/** What watchers wrote while the first pass ran is found by the second. */
const PASSES = 2;

/**
 * Deletes everything remembered of a cluster: first where other partitions name it, which only its states know, then
 * its own partition. May be repeated after a failure.
 */
export const forgetCluster = async (table: Table, cluster: string): Promise<void> => {
  const pk = clusterPartition(cluster);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const states = await table.query({
      expression: '#pk = :pk AND begins_with(#sk, :prefix)',
      values: { pk, prefix: STATE_PREFIX },
    });
    await table.deleteMany(states.flatMap((item) => recordsOf(cluster, item)));
    const keys = await table.query({ expression: '#pk = :pk', values: { pk }, keysOnly: true });
    await table.deleteMany(keys.map((item) => parseItem(keySchema, item)));
  }
};

/** The items under which one object is recorded as dependant and as user of stores. */
const recordsOf = (cluster: string, item: RawItem): readonly Key[] => {
  const ref = parseStateRef(parseItem(keySchema, item));
  if (ref === undefined) return [];
  const { dependsOn, stores, finds } = parseItem(usesSchema, item);
  return [
    ...dependsOn.map((remoteKey) => dependantKey(remoteKey, { cluster, ref })),
    ...finds.map((find) => finderKey(parsePlaced(find).location, find, { cluster, ref })),
    ...stores.map((store) => userKey(cluster, parseRef(store), ref)),
  ];
};
