import * as z from 'zod/mini';
import type { PushData } from './push-secret.ts';

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

/** How the status calls one entry of a store. */
export const syncedName = ({
  remoteKey,
  property,
}: {
  readonly remoteKey: string;
  readonly property: string;
}): string => (property === '' ? remoteKey : `${remoteKey}/${property}`);

/** A store as the status names it. */
export const syncedStore = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  `${kind}/${name}`;

export const toSyncedEntry = ({
  secretKey,
  remoteKey,
  property,
  metadata,
  conversionStrategy,
}: PushData): SyncedEntry => ({
  match: {
    ...(secretKey === '' ? {} : { secretKey }),
    remoteRef: { remoteKey, ...(property === '' ? {} : { property }) },
  },
  ...(metadata === undefined ? {} : { metadata }),
  conversionStrategy,
});

/** An entry and the store it is for. */
export interface StoredEntry {
  readonly store: string;
  readonly name: string;
  readonly entry: SyncedEntry;
}

export const storedEntries = (synced: SyncedPushSecrets = {}): readonly StoredEntry[] =>
  Object.entries(synced).flatMap(([store, entries]) =>
    Object.entries(entries).map(([name, entry]) => ({ store, name, entry })),
  );

/** Of two for the same place the first stays. */
export const toSyncedPushSecrets = (entries: readonly StoredEntry[]): SyncedPushSecrets => {
  const stores = new Map<string, Map<string, SyncedEntry>>();
  for (const { store, name, entry } of entries) {
    const known = stores.get(store) ?? new Map<string, SyncedEntry>();
    if (!known.has(name)) known.set(name, entry);
    stores.set(store, known);
  }
  return Object.fromEntries([...stores].map(([store, known]) => [store, Object.fromEntries(known)]));
};
