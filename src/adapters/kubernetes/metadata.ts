import * as z from 'zod/mini';
import type { ManagedFields } from '../../domain/target-secret.ts';

const stringMap = z.optional(z.nullable(z.record(z.string(), z.string())));

/** `metadata` of an object the API server holds. Absent and null are the same to Kubernetes. */
export const Metadata = z.object({
  name: z.string(),
  namespace: z.optional(z.string()),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.optional(z.number()),
  labels: stringMap,
  annotations: stringMap,
  finalizers: z.optional(z.nullable(z.array(z.string()))),
  deletionTimestamp: z.optional(z.nullable(z.string())),
  ownerReferences: z.optional(
    z.nullable(
      z.array(
        z.object({
          apiVersion: z.string(),
          kind: z.string(),
          name: z.string(),
          uid: z.string(),
          controller: z.optional(z.nullable(z.boolean())),
          blockOwnerDeletion: z.optional(z.nullable(z.boolean())),
        }),
      ),
    ),
  ),
  managedFields: z.optional(
    z.nullable(
      z.array(
        z.object({
          manager: z.optional(z.string()),
          operation: z.optional(z.string()),
          subresource: z.optional(z.string()),
          time: z.optional(z.nullable(z.string())),
          fieldsV1: z.optional(z.record(z.string(), z.unknown())),
        }),
      ),
    ),
  ),
});

type RawMetadata = z.infer<typeof Metadata>;

export const toManagedFields = (raw: NonNullable<RawMetadata['managedFields']>[number]): ManagedFields => ({
  manager: raw.manager ?? '',
  operation: raw.operation ?? '',
  ...(raw.subresource !== undefined && { subresource: raw.subresource }),
  ...(raw.time != null && { time: raw.time }),
  fields: raw.fieldsV1 ?? {},
});
