import * as z from 'zod/mini';
import type { ClusterRegistry } from '../../app/ports/tables.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { PlainRecord } from './attribute-value.ts';
import { forgetCluster } from './forget-cluster.ts';
import { CLUSTERS_PARTITION, clusterPartition, type Key, leaseKey, META } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

const optionalText = z.exactOptional(z.string());
const optionalTexts = z.exactOptional(z.array(z.string()));

const connectionSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('eks'),
    eksName: z.string(),
    region: z.string(),
    server: z.string(),
    certificateAuthority: z.string(),
    roleArn: optionalText,
    proxy: optionalText,
  }),
  z.object({
    type: z.literal('credentials'),
    server: z.string(),
    certificateAuthority: optionalText,
    credentialsSecretId: z.string(),
    proxy: optionalText,
  }),
]);

const clusterSchema: z.ZodMiniType<Cluster> = z.object({
  name: z.string(),
  connection: connectionSchema,
  labels: z.record(z.string(), z.string()),
  mode: z.enum(['active', 'observe', 'paused']),
  controllerClass: z.string(),
  namespaces: z.array(z.string()),
  identity: z.object({
    defaultRole: optionalText,
    pushRole: optionalText,
    allowRoles: z.array(z.string()),
    allowServices: optionalTexts, // absent from items of registrations that were made before there was such a limit
    allowKeys: optionalTexts,
    sessionTags: z.boolean(),
  }),
  minRefreshInterval: optionalText,
  absenceAcceptedAt: z.exactOptional(z.number()),
  kubeSystemUid: z.string(),
});

const registrationKey = (name: string): Key => ({ pk: clusterPartition(name), sk: META });

/** The same registration once more, beside all others: listing a fleet is one query. */
const listedKey = (name: string): Key => ({ pk: CLUSTERS_PARTITION, sk: name });

const toAttributes = (cluster: Cluster): PlainRecord => ({
  ...cluster,
  connection: { ...cluster.connection },
  identity: { ...cluster.identity },
});

/** Both copies of a registration are written and deleted in one transaction, so they never differ. */
export const createClusters = (table: Table): ClusterRegistry => ({
  get: async (name, signal) => {
    const item = await table.get(registrationKey(name), signal);
    return item && parseItem(clusterSchema, item);
  },
  list: async (signal) => {
    const items = await table.query({ expression: '#pk = :pk', values: { pk: CLUSTERS_PARTITION } }, signal);
    return items.map((item) => parseItem(clusterSchema, item));
  },
  put: async (cluster) => {
    const attributes = toAttributes(cluster);
    await table.transact([
      { put: { ...attributes, ...registrationKey(cluster.name) } },
      { put: { ...attributes, ...listedKey(cluster.name) } },
    ]);
  },
  remove: async (name) => {
    // With the lease: its holder stores no more positions, and stops at its next renewal.
    await table.transact([{ delete: registrationKey(name) }, { delete: listedKey(name) }, { delete: leaseKey(name) }]);
    await forgetCluster(table, name);
  },
});
