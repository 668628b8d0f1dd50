import * as z from 'zod/mini';
import type { ServedRef } from '../../domain/object-ref.ts';
import type { PushedState } from '../../domain/push/pushed.ts';
import { syncedPushSecretsSchema } from '../../domain/push/synced-push-secrets.ts';
import type { ObjectStatus } from '../../domain/status.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import type { PlainRecord } from './attribute-value.ts';
import { dueShard } from './due-shard.ts';
import { type Key, stateKey } from './keys.ts';
import { malformed, parseItem, parseJsonAttribute } from './parse-item.ts';
import type { RawItem } from './table.ts';

const conditionSchema = z.object({
  type: z.literal('Ready'),
  status: z.enum(['True', 'False']),
  reason: z.exactOptional(z.string()),
  message: z.exactOptional(z.string()),
  lastTransitionTime: z.exactOptional(z.string()),
});

const failureSchema = z.object({ namespace: z.string(), reason: z.exactOptional(z.string()) });

const statusSchema: z.ZodMiniType<Omit<ObjectStatus, 'syncedPushSecrets'>> = z.object({
  conditions: z.array(conditionSchema),
  refreshTime: z.exactOptional(z.nullable(z.string())),
  syncedResourceVersion: z.exactOptional(z.string()),
  binding: z.exactOptional(z.object({ name: z.string() })),
  capabilities: z.exactOptional(z.enum(['ReadOnly', 'WriteOnly', 'ReadWrite'])),
  externalSecretName: z.exactOptional(z.string()),
  pushSecretName: z.exactOptional(z.string()),
  provisionedNamespaces: z.exactOptional(z.array(z.string())),
  failedNamespaces: z.exactOptional(z.array(failureSchema)),
});

const contestSchema = z.object({ corrections: z.number(), at: z.number(), by: z.exactOptional(z.string()) });

const pushedSchema: z.ZodMiniType<PushedState> = z.object({
  entries: z.array(
    z.object({
      store: z.string(),
      remoteKey: z.string(),
      property: z.string(),
      key: z.string(),
      place: z.string(),
      pending: z.exactOptional(z.literal(true)),
      left: z.exactOptional(z.enum(['gone', 'dropped'])),
      versions: z.exactOptional(z.array(z.string())),
      madeFrom: z.exactOptional(z.array(z.string())),
      rounds: z.exactOptional(z.number()),
    }),
  ),
  places: z.record(
    z.string(),
    z.object({ kind: z.enum(['SecretStore', 'ClusterSecretStore']), name: z.string(), spec: z.unknown() }),
  ),
  sources: z.array(z.object({ name: z.string(), uid: z.string(), resourceVersion: z.string() })),
  deletes: z.exactOptional(z.literal(true)),
});

/** What has a shape of the user's own is kept as JSON. */
const jsonSchema = z.object({ pushed: z.exactOptional(z.string()), syncedPushSecrets: z.exactOptional(z.string()) });

const stateSchema: z.ZodMiniType<Omit<SyncState, 'pushed'>> = z.object({
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
const plain = (state: SyncState): PlainRecord => {
  const { status, target, versions, contest, provisioning, lastWarning, pushed, ...rest } = state;
  const { syncedPushSecrets, ...told } = status;
  return {
    ...rest,
    status: {
      ...told,
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
    pushed: pushed && JSON.stringify(pushed),
    syncedPushSecrets: syncedPushSecrets && JSON.stringify(syncedPushSecrets),
  };
};

export const fromStateItem = (item: RawItem): SyncState => {
  const state = parseItem(stateSchema, item);
  const { pushed, syncedPushSecrets } = parseItem(jsonSchema, item);
  const status = syncedPushSecrets !== undefined && {
    status: {
      ...state.status,
      syncedPushSecrets: parseText(
        syncedPushSecretsSchema,
        { name: 'syncedPushSecrets', json: syncedPushSecrets },
        item,
      ),
    },
  };
  return {
    ...state,
    ...status,
    ...(pushed !== undefined && { pushed: parseText(pushedSchema, { name: 'pushed', json: pushed }, item) }),
  };
};

interface Text {
  readonly name: string;
  readonly json: string;
}

const parseText = <T>(schema: z.ZodMiniType<T>, attribute: Text, item: RawItem): T => {
  const parsed = z.safeParse(schema, parseJsonAttribute(attribute.json, item, attribute.name));
  if (!parsed.success) throw malformed(item, `unusable ${attribute.name}`);
  return parsed.data;
};
