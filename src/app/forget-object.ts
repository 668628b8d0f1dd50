import { parsePlaced } from '../domain/find-selector.ts';
import { parseRef, type ServedRef } from '../domain/object-ref.ts';
import { parseRemoteKey } from '../domain/remote-key.ts';
import type { Dependants, Finders, Mirror, States, StoreUsers } from './ports/tables.ts';

export interface ForgetDeps {
  readonly mirror: Mirror;
  readonly states: States;
  readonly dependants: Dependants;
  readonly finders: Finders;
  readonly users: StoreUsers;
}

/**
 * Forgets a deleted object. The mirror goes last: until then a repeat of the same deletion finds what is left to do.
 * Targets are not touched: Kubernetes collects those that the object owns.
 */
export const createForget =
  ({ mirror, states, dependants, finders, users }: ForgetDeps) =>
  async (cluster: string, ref: ServedRef, uid: string): Promise<void> => {
    const state = await states.get(cluster, ref);
    if (state?.uid === uid) {
      await dependants.remove(state.dependsOn.map(parseRemoteKey), { cluster, ref });
      await finders.remove((state.finds ?? []).map(parsePlaced), { cluster, ref });
      await Promise.all(state.stores.map((store) => users.remove(cluster, parseRef(store), ref)));
      await states.remove(cluster, ref);
    }
    await mirror.remove(cluster, ref, uid);
  };
