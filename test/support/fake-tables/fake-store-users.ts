import type { StoreUsers } from '../../../src/app/ports/tables.ts';
import { formatRef, type ServedRef } from '../../../src/domain/object-ref.ts';

const identity = ({ kind, namespace, name }: ServedRef): ServedRef => ({ kind, namespace, name });

export const createFakeStoreUsers = (): StoreUsers & { forget(cluster: string): void } => {
  const stores = new Map<string, { readonly cluster: string; readonly users: Map<string, ServedRef> }>();
  const keyOf = (cluster: string, store: ServedRef): string => `${cluster} ${formatRef(store)}`;
  return {
    of: async (cluster, store) => structuredClone([...(stores.get(keyOf(cluster, store))?.users.values() ?? [])]),
    add: async (cluster, store, user) => {
      const entry = stores.get(keyOf(cluster, store)) ?? { cluster, users: new Map<string, ServedRef>() };
      entry.users.set(formatRef(user), identity(user));
      stores.set(keyOf(cluster, store), entry);
    },
    remove: async (cluster, store, user) => {
      stores.get(keyOf(cluster, store))?.users.delete(formatRef(user));
    },
    forget: (cluster) => {
      for (const [key, entry] of stores) if (entry.cluster === cluster) stores.delete(key);
    },
  };
};
