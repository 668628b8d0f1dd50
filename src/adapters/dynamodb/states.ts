import * as z from 'zod/mini';
import type { DueObject, States } from '../../app/ports/tables.ts';
import { formatRef } from '../../domain/object-ref.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import { ALL_DUE_SHARDS } from './due-shard.ts';
import { NOT_THERE } from './expression.ts';
import { clusterPartition, parseCluster, parseStateRef, STATE_PREFIX, stateKey } from './keys.ts';
import { itemKey, keySchema, parseItem } from './parse-item.ts';
import { fromStateItem, toStateItem } from './state-item.ts';
import type { RawItem, Table } from './table.ts';

const dueSchema = z.object({ ...itemKey, dueAt: z.number() });

/** Undefined: a kind this version does not know. */
const toDue = (item: RawItem): DueObject | undefined => {
  const { dueAt, ...key } = parseItem(dueSchema, item);
  const cluster = parseCluster(key);
  const ref = parseStateRef(key);
  return cluster === undefined || ref === undefined ? undefined : { cluster, ref, dueAt };
};

const byFormatRef = (items: readonly RawItem[]): ReadonlyMap<string, SyncState> => {
  const states = new Map<string, SyncState>();
  for (const item of items) {
    const ref = parseStateRef(parseItem(keySchema, item));
    if (ref !== undefined) states.set(formatRef(ref), fromStateItem(item));
  }
  return states;
};

/** The index of due times lags a moment behind the table, which is why a due time is moved conditionally. */
const dueInShard = async (
  table: Table,
  { shard, until, limit }: { readonly shard: string; readonly until: number; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly DueObject[]> => {
  const expression = '#dueShard = :shard AND #dueAt <= :until';
  const items = await table.query({ index: 'due', expression, values: { shard, until }, limit }, signal);
  return items.map(toDue).filter((due) => due !== undefined);
};

export const createStates = (table: Table): States => ({
  get: async (cluster, ref, signal) => {
    const item = await table.get(stateKey(cluster, ref), signal);
    return item && fromStateItem(item);
  },
  getMany: async (cluster, refs, signal) =>
    byFormatRef(
      await table.getMany(
        refs.map((ref) => stateKey(cluster, ref)),
        signal,
      ),
    ),
  put: (cluster, ref, { state, expected }) => {
    const item = toStateItem(cluster, ref, { ...state, revision: expected + 1 });
    const condition = expected === 0 ? NOT_THERE : { expression: '#revision = :expected', values: { expected } };
    return table.put(item, condition);
  },
  remove: async (cluster, ref) => {
    await table.delete(stateKey(cluster, ref));
  },
  list: async (cluster, signal) => {
    const values = { pk: clusterPartition(cluster), prefix: STATE_PREFIX };
    return byFormatRef(await table.query({ expression: '#pk = :pk AND begins_with(#sk, :prefix)', values }, signal));
  },
  due: async (until, limit, signal) => {
    const shards = await Promise.all(ALL_DUE_SHARDS.map((shard) => dueInShard(table, { shard, until, limit }, signal)));
    return shards.flat().sort((a, b) => a.dueAt - b.dueAt);
  },
  moveDue: async ({ cluster, ref, dueAt }, later) => {
    const { done } = await table.update({
      key: stateKey(cluster, ref),
      change: 'SET #dueAt = :later',
      condition: '#dueAt = :dueAt',
      values: { dueAt, later },
    });
    return done;
  },
  markVerified: async ({ cluster, ref, dueAt: taken }, { expected, verifiedAt, dueAt }) => {
    const { done } = await table.update({
      key: stateKey(cluster, ref),
      change: 'SET #dueAt = :dueAt, #verifiedAt = :verifiedAt',
      condition: '#revision = :expected AND #dueAt = :taken',
      values: { dueAt, verifiedAt, expected, taken },
    });
    return done;
  },
});
