import * as z from 'zod/mini';
import type { ServedRef } from '../../domain/object-ref.ts';
import type { ObjectStatus } from '../../domain/status.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import type { PlainRecord } from './attribute-value.ts';
import { dueShard } from './due-shard.ts';
import { type Key, stateKey } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { RawItem } from './table.ts';

const conditionSchema = z.object({
  type: z.literal('Ready'),
  status: z.enum(['True', 'False']),
  reason: z.exactOptional(z.string()),
  message: z.exactOptional(z.string()),
  lastTransitionTime: z.exactOptional(z.string()),
});

const failureSchema = z.object({ namespace: z.string(), reason: z.exactOptional(z.string()) });

const statusSchema: z.ZodMiniType<ObjectStatus> = z.object({
  conditions: z.array(conditionSchema),
  refreshTime: z.exactOptional(z.nullable(z.string())),
  syncedResourceVersion: z.exactOptional(z.string()),
  binding: z.exactOptional(z.object({ name: z.string() })),
  capabilities: z.exactOptional(z.enum(['ReadOnly', 'WriteOnly', 'ReadWrite'])),
  externalSecretName: z.exactOptional(z.string()),
  provisionedNamespaces: z.exactOptional(z.array(z.string())),
  failedNamespaces: z.exactOptional(z.array(failureSchema)),
});

const contestSchema = z.object({ corrections: z.number(), at: z.number(), by: z.exactOptional(z.string()) });

const stateSchema: z.ZodMiniType<SyncState> = z.object({
  revision: z.number(),
  uid: z.string(),
  status: statusSchema,
  objectResourceVersion: z.exactOptional(z.string()),
  target: z.exactOptional(
    z.object({
      name: z.string(),
      uid: z.string(),
      resourceVersion: z.string(),
      touched: z.exactOptional(z.literal(true)),
    }),
  ),
  versions: z.array(z.object({ id: z.string(), version: z.string(), createdAt: z.exactOptional(z.number()) })),
  dependsOn: z.array(z.string()),
  stores: z.array(z.string()),
  finds: z.exactOptional(z.array(z.string())),
  verifiedAt: z.exactOptional(z.number()),
  failures: z.number(),
  dueAt: z.number(),
  contest: z.exactOptional(contestSchema),
  provisioning: z.exactOptional(z.object({ generation: z.number(), contests: z.record(z.string(), contestSchema) })),
  lastWarning: z.exactOptional(z.object({ text: z.string(), at: z.number() })),
});

/** `dueShard` and `dueAt` put the item into the index of due times. */
export const toStateItem = (cluster: string, ref: ServedRef, state: SyncState): Key & PlainRecord => {
  const key = stateKey(cluster, ref);
  return { ...plain(state), ...key, dueShard: dueShard(key) };
};

/** Interfaces have no index signature; a copy of each level has. */
const plain = ({ status, target, versions, contest, provisioning, lastWarning, ...rest }: SyncState): PlainRecord => ({
  ...rest,
  status: {
    ...status,
    conditions: status.conditions.map((condition) => ({ ...condition })),
    binding: status.binding && { ...status.binding },
    provisionedNamespaces: status.provisionedNamespaces && [...status.provisionedNamespaces],
    failedNamespaces: status.failedNamespaces?.map((failure) => ({ ...failure })),
  },
  target: target && { ...target },
  versions: versions.map((version) => ({ ...version })),
  contest: contest && { ...contest },
  provisioning: provisioning && {
    generation: provisioning.generation,
    contests: Object.fromEntries(Object.entries(provisioning.contests).map(([name, one]) => [name, { ...one }])),
  },
  lastWarning: lastWarning && { ...lastWarning },
});

export const fromStateItem = (item: RawItem): SyncState => parseItem(stateSchema, item);
