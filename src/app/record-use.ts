import type { StoreRef } from '../domain/external-secret.ts';
import { formatPlaced, type PlacedSelector, parsePlaced } from '../domain/find-selector.ts';
import { formatRef, parseRef, type ServedRef } from '../domain/object-ref.ts';
import { formatRemoteKey, parseRemoteKey, type RemoteKey } from '../domain/remote-key.ts';
import type { SyncState } from '../domain/sync-state.ts';
import type { Dependants, Finders, States, StoreUsers } from './ports/tables.ts';
import { storeObjectRef } from './store-access.ts';
import { type Pass, type Uses, usesOf } from './sync-pass.ts';

/** Keeps the indexes by which changes find objects. */
export interface RecordUse {
  /** Before stores are looked up, so that one made later finds its users. */
  stores(cluster: string, pass: Pass, refs: readonly StoreRef[]): Promise<readonly string[]>;
  /** Before the first read of the provider, so that no change falls between read and record. */
  keys(cluster: string, pass: Pass, keys: readonly RemoteKey[]): Promise<readonly string[]>;
  /** Before the first list, so that no secret made meanwhile falls between. */
  searches(cluster: string, pass: Pass, searches: readonly PlacedSelector[]): Promise<readonly string[]>;
  /** What the state names is recorded anew: a delivery that ended while it forgot may have taken away what is used again. */
  again(cluster: string, pass: Pass): Promise<void>;
  /** After the pass that no longer uses them is stored; only then does the state stop naming them. */
  forget(cluster: string, ref: ServedRef, pruning: Pruning): Promise<void>;
}

export interface Pruning {
  readonly stale: Uses;
  /** What is used now. */
  readonly uses: Uses;
  /** The state as it was just stored. */
  readonly stored: SyncState;
}

interface RecordUseDeps {
  readonly dependants: Dependants;
  readonly finders: Finders;
  readonly users: StoreUsers;
  readonly states: States;
}

export const createRecordUse = (deps: RecordUseDeps): RecordUse => ({
  stores: async (cluster, pass, refs) => {
    const stores = refs.map((ref) => storeObjectRef(ref, pass.ref.namespace));
    const known = new Set(usesOf(pass).stores);
    const unknown = stores.filter((store) => !known.has(formatRef(store)));
    await Promise.all(unknown.map((store) => deps.users.add(cluster, store, pass.ref)));
    return [...new Set(stores.map(formatRef))];
  },
  keys: async (cluster, pass, keys) => {
    const known = new Set(usesOf(pass).dependsOn);
    const unknown = keys.filter((key) => !known.has(formatRemoteKey(key)));
    if (unknown.length > 0) await deps.dependants.add(unknown, { cluster, ref: pass.ref });
    return [...new Set(keys.map(formatRemoteKey))];
  },
  searches: async (cluster, pass, searches) => {
    const known = new Set(usesOf(pass).finds);
    const unknown = searches.filter((search) => !known.has(formatPlaced(search)));
    if (unknown.length > 0) await deps.finders.add(unknown, { cluster, ref: pass.ref });
    return [...new Set(searches.map(formatPlaced))];
  },
  again: (cluster, pass) => addAll(deps, cluster, { ref: pass.ref, uses: usesOf(pass) }),
  forget: async (cluster, ref, { stale, uses, stored }) => {
    if (stale.dependsOn.length + stale.stores.length + stale.finds.length === 0) return;
    if (stale.dependsOn.length > 0) await deps.dependants.remove(stale.dependsOn.map(parseRemoteKey), { cluster, ref });
    if (stale.finds.length > 0) await deps.finders.remove(stale.finds.map(parsePlaced), { cluster, ref });
    await Promise.all(stale.stores.map((store) => deps.users.remove(cluster, parseRef(store), ref)));
    const { revision, ...state } = { ...stored, ...uses };
    if (!(await deps.states.put(cluster, ref, { expected: revision, state })))
      await addAgain(deps, cluster, { ref, stale });
  },
});

/** Another pass came first. It may use again what was just forgotten, and took it for recorded since the state named it. */
const addAgain = async (
  deps: RecordUseDeps,
  cluster: string,
  { ref, stale }: { readonly ref: ServedRef; readonly stale: Uses },
): Promise<void> => {
  const state = await deps.states.get(cluster, ref);
  if (state === undefined) return;
  const { dependsOn, stores, finds = [] } = state;
  await addAll(deps, cluster, {
    ref,
    uses: {
      dependsOn: stale.dependsOn.filter((key) => dependsOn.includes(key)),
      stores: stale.stores.filter((store) => stores.includes(store)),
      finds: stale.finds.filter((find) => finds.includes(find)),
    },
  });
};

const addAll = async (
  { dependants, finders, users }: RecordUseDeps,
  cluster: string,
  { ref, uses }: { readonly ref: ServedRef; readonly uses: Uses },
): Promise<void> => {
  if (uses.dependsOn.length > 0) await dependants.add(uses.dependsOn.map(parseRemoteKey), { cluster, ref });
  if (uses.finds.length > 0) await finders.add(uses.finds.map(parsePlaced), { cluster, ref });
  await Promise.all(uses.stores.map((store) => users.add(cluster, parseRef(store), ref)));
};
