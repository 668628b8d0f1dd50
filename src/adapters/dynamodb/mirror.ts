import * as z from 'zod/mini';
import type { Mirror } from '../../app/ports/tables.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { controllingProvisioner, isControlledBy } from '../../domain/provisioning.ts';
import type { PlainRecord } from './attribute-value.ts';
import { clusterPartition, controllerOf, type Key, parseSpecRef, specKey, specPrefix } from './keys.ts';
import { itemKey, keySchema, malformed, parseItem, parseJsonAttribute } from './parse-item.ts';
import type { RawItem, Table } from './table.ts';

/**
 * An item takes 400 KB, of which annotations may need 256 KB: a larger spec is left out and read from the cluster when it
 * is needed, a larger status (no real one is) likewise.
 */
const MAX_SPEC_BYTES = 100 * 1024;
const MAX_STATUS_BYTES = 20 * 1024;

const texts = z.record(z.string(), z.string());

const ownerSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.exactOptional(z.boolean()),
  blockOwnerDeletion: z.exactOptional(z.boolean()),
});

const mirroredSchema = z.object({
  ...itemKey,
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number(),
  labels: texts,
  annotations: texts,
  finalizers: z.array(z.string()),
  ownerReferences: z.exactOptional(z.array(ownerSchema)),
  deletionTimestamp: z.exactOptional(z.string()),
  /** JSON, as `status` */
  spec: z.exactOptional(z.string()),
  status: z.exactOptional(z.string()),
  seenAt: z.exactOptional(z.number()),
});

const jsonUpTo = (maxBytes: number, value: unknown): string | undefined => {
  const json = value === undefined ? undefined : JSON.stringify(value);
  return json === undefined || Buffer.byteLength(json) > maxBytes ? undefined : json;
};

/** `controller` puts the item into the index of that name. */
const controllerAttribute = (cluster: string, object: MirroredObject): { readonly controller?: string } => {
  const owner = controllingProvisioner(object);
  return owner === undefined ? {} : { controller: controllerOf(cluster, owner) };
};

export const toMirrorItem = (cluster: string, object: MirroredObject): Key & PlainRecord => {
  const { ref, managedFields: _, ...rest } = object;
  return {
    ...rest,
    ...specKey(cluster, ref),
    ownerReferences: object.ownerReferences?.map((owner) => ({ ...owner })),
    ...controllerAttribute(cluster, object),
    rv: BigInt(object.resourceVersion), // resourceVersions count upwards; as texts they would not compare
    spec: jsonUpTo(MAX_SPEC_BYTES, object.spec),
    status: jsonUpTo(MAX_STATUS_BYTES, object.status),
  };
};

export const fromMirrorItem = (item: RawItem): MirroredObject => {
  const { pk, sk, spec, status, ...rest } = parseItem(mirroredSchema, item);
  const ref = parseSpecRef({ pk, sk });
  if (ref === undefined) throw malformed(item, 'its key names no object');
  return {
    ref,
    ...rest,
    ...(spec === undefined ? {} : { spec: parseJsonAttribute(spec, item, 'spec') }),
    ...(status === undefined ? {} : { status: parseJsonAttribute(status, item, 'status') }),
  };
};

export const createMirror = (table: Table): Mirror => ({
  get: async (cluster, ref, signal) => {
    const item = await table.get(specKey(cluster, ref), signal);
    return item && fromMirrorItem(item);
  },
  getMany: async (cluster, refs, signal) => {
    const items = await table.getMany(
      refs.map((ref) => specKey(cluster, ref)),
      signal,
    );
    return items.map(fromMirrorItem);
  },
  put: (cluster, object, signal) => {
    const item = toMirrorItem(cluster, object);
    const expression = 'attribute_not_exists(#pk) OR #rv < :rv';
    return table.put(item, { expression, values: { rv: item['rv'] } }, signal);
  },
  remove: async (cluster, ref, uid) => {
    await table.delete(specKey(cluster, ref), { expression: '#uid = :uid', values: { uid } });
  },
  list: async (cluster, kind, signal) => {
    const values = { pk: clusterPartition(cluster), prefix: specPrefix(kind) };
    const items = await table.query({ expression: '#pk = :pk AND begins_with(#sk, :prefix)', values }, signal);
    return items.map(fromMirrorItem);
  },
  controlledBy: async (cluster, provisioner, signal) => {
    const values = { controller: controllerOf(cluster, provisioner) };
    const found = await table.query({ index: 'controller', expression: '#controller = :controller', values }, signal);
    const items = await table.getMany(
      found.map((item) => parseItem(keySchema, item)),
      signal,
    );
    return items.map(fromMirrorItem).filter((object) => isControlledBy(object, provisioner)); // the index lags behind
  },
});
