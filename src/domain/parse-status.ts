import * as z from 'zod/mini';
import type { MirroredObject } from './mirrored-object.ts';
import { syncedPushSecretsSchema } from './push/synced-push-secrets.ts';
import { EMPTY_STATUS, type ObjectStatus } from './status.ts';

const conditionSchema = z.object({
  type: z.literal('Ready'),
  status: z.enum(['True', 'False']),
  reason: z.exactOptional(z.string()),
  message: z.exactOptional(z.string()),
  lastTransitionTime: z.exactOptional(z.string()),
});

const failureSchema = z.object({ namespace: z.string(), reason: z.exactOptional(z.string()) });

const statusSchema = z.object({
  conditions: z._default(z.array(z.unknown()), []),
  refreshTime: z.optional(z.nullable(z.string())),
  syncedResourceVersion: z.optional(z.string()),
  binding: z.optional(z.object({ name: z._default(z.string(), '') })),
  capabilities: z.optional(z.enum(['ReadOnly', 'WriteOnly', 'ReadWrite'])),
  externalSecretName: z.optional(z.string()),
  pushSecretName: z.optional(z.string()),
  provisionedNamespaces: z.optional(z.array(z.string())),
  failedNamespaces: z.optional(z.array(failureSchema)),
  syncedPushSecrets: z.optional(syncedPushSecretsSchema),
});

/** The status an object carries; an unreadable one counts as none, as do conditions of other types. */
export const parseStatus = (object: MirroredObject): ObjectStatus => {
  const parsed = z.safeParse(statusSchema, object.status ?? {});
  return parsed.success ? withoutUndefined(parsed.data) : EMPTY_STATUS;
};

/** The schema says "absent or undefined" where the type says "absent". */
const withoutUndefined = ({ conditions, ...rest }: z.infer<typeof statusSchema>): ObjectStatus => ({
  conditions: conditions.flatMap((condition) => z.safeParse(conditionSchema, condition).data ?? []),
  ...(rest.refreshTime === undefined ? {} : { refreshTime: rest.refreshTime }),
  ...(rest.syncedResourceVersion === undefined ? {} : { syncedResourceVersion: rest.syncedResourceVersion }),
  ...(rest.binding === undefined ? {} : { binding: rest.binding }),
  ...(rest.capabilities === undefined ? {} : { capabilities: rest.capabilities }),
  ...(rest.externalSecretName === undefined ? {} : { externalSecretName: rest.externalSecretName }),
  ...(rest.pushSecretName === undefined ? {} : { pushSecretName: rest.pushSecretName }),
  ...(rest.provisionedNamespaces === undefined ? {} : { provisionedNamespaces: rest.provisionedNamespaces }),
  ...(rest.failedNamespaces === undefined ? {} : { failedNamespaces: rest.failedNamespaces }),
  ...(rest.syncedPushSecrets === undefined ? {} : { syncedPushSecrets: rest.syncedPushSecrets }),
});
