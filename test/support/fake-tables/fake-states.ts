import type { DueObject, States } from '../../../src/app/ports/tables.ts';
import { formatRef, type ServedRef } from '../../../src/domain/object-ref.ts';
import type { SyncState } from '../../../src/domain/sync-state.ts';

interface Entry {
  readonly cluster: string;
  readonly ref: ServedRef;
  readonly state: SyncState;
}

const keyOf = (cluster: string, ref: ServedRef): string => `${cluster} ${formatRef(ref)}`;

const identity = ({ kind, namespace, name }: ServedRef): ServedRef => ({ kind, namespace, name });

const toDue = ({ cluster, ref, state: { dueAt } }: Entry): DueObject => ({ cluster, ref: { ...ref }, dueAt });

const byFormatRef = (entries: readonly Entry[]): ReadonlyMap<string, SyncState> =>
  new Map(entries.map(({ ref, state }) => [formatRef(ref), structuredClone(state)]));

export const createFakeStates = (): States & { forget(cluster: string): void } => {
  const entries = new Map<string, Entry>();
  return {
    get: async (cluster, ref) => structuredClone(entries.get(keyOf(cluster, ref))?.state),
    getMany: async (cluster, refs) => byFormatRef(refs.flatMap((ref) => entries.get(keyOf(cluster, ref)) ?? [])),
    put: async (cluster, ref, { state, expected }) => {
      const key = keyOf(cluster, ref);
      if ((entries.get(key)?.state.revision ?? 0) !== expected) return false;
      entries.set(key, { cluster, ref: identity(ref), state: { ...structuredClone(state), revision: expected + 1 } });
      return true;
    },
    remove: async (cluster, ref) => {
      entries.delete(keyOf(cluster, ref));
    },
    list: async (cluster) => byFormatRef([...entries.values()].filter((entry) => entry.cluster === cluster)),
    due: async (until, limit) =>
      [...entries.values()]
        .filter(({ state }) => state.dueAt <= until)
        .sort((a, b) => a.state.dueAt - b.state.dueAt)
        .slice(0, limit)
        .map(toDue),
    moveDue: async ({ cluster, ref, dueAt }, later) => {
      const key = keyOf(cluster, ref);
      const entry = entries.get(key);
      if (entry === undefined || entry.state.dueAt !== dueAt) return false;
      entries.set(key, { ...entry, state: { ...entry.state, dueAt: later } });
      return true;
    },
    markVerified: async ({ cluster, ref, dueAt: taken }, { expected, verifiedAt, dueAt }) => {
      const key = keyOf(cluster, ref);
      const entry = entries.get(key);
      if (entry === undefined || entry.state.revision !== expected || entry.state.dueAt !== taken) return false;
      entries.set(key, { ...entry, state: { ...entry.state, verifiedAt, dueAt } });
      return true;
    },
    forget: (cluster) => {
      for (const [key, entry] of entries) if (entry.cluster === cluster) entries.delete(key);
    },
  };
};
