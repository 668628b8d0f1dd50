import * as z from 'zod/mini';

/** One entry as the status of a PushSecret records it: what `spec.data` would say of it. */
export interface SyncedEntry {
  readonly match: {
    readonly secretKey?: string;
    readonly remoteRef: { readonly remoteKey: string; readonly property?: string };
  };
  readonly metadata?: unknown;
  readonly conversionStrategy?: string;
}

/** By `StoreKind/storeName`, then by `remoteKey` or `remoteKey/property`. */
export type SyncedPushSecrets = Readonly<Record<string, Readonly<Record<string, SyncedEntry>>>>;

const entrySchema = z.object({
  match: z.object({
    secretKey: z.exactOptional(z.string()),
    remoteRef: z.object({ remoteKey: z.string(), property: z.exactOptional(z.string()) }),
  }),
  metadata: z.exactOptional(z.unknown()),
  conversionStrategy: z.exactOptional(z.string()),
});

/** As the API server holds it. */
export const syncedPushSecretsSchema: z.ZodMiniType<SyncedPushSecrets> = z.record(
  z.string(),
  z.record(z.string(), entrySchema),
);
