import { type Cause, type ReconcileRequest, type RequestedObject, toRequests } from '../../domain/message.ts';
import { isNewerVersion } from '../../domain/mirrored-object.ts';
import { formatRef, isPushing, type ServedRef } from '../../domain/object-ref.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import type { Messages } from '../ports/messages.ts';
import type { States } from '../ports/tables.ts';

/**
 * A Secret that a PushSecret pushes, or pushed. `unselected`: the labels it has are not asked for, so it concerns nobody
 * unless it was pushed before; also when it is deleted.
 */
export interface SeenSource {
  readonly name: string;
  readonly as: 'source' | 'unselected' | 'deleted';
  readonly resourceVersion: string;
}

/** An object to look at. */
export interface Wake {
  readonly ref: ServedRef;
  readonly cause: Extract<Cause['type'], 'feed' | 'store'>;
  readonly uid?: string;
  /** Woken by its target only, at this version. */
  readonly targetResourceVersion?: string;
  /** Woken by its sources only. */
  readonly sources?: readonly SeenSource[];
  /** The object is deleted, and whoever is woken sees to what it left behind. */
  readonly gone?: true;
}

interface WakeBufferDeps {
  readonly cluster: string;
  readonly states: States;
  readonly messages: Messages;
  readonly traceId: () => string;
}

/**
 * Gathers what a moment's events ask for, so that one message serves many objects and each object is woken once.
 * The moment also lets a sync remember its own write before the feed asks whether it was one.
 */
export interface WakeBuffer {
  add(wake: Wake): void;
  /** Sends all that was added before; what cannot be sent stays. */
  flush(): Promise<void>;
}

export const createWakeBuffer = (deps: WakeBufferDeps): WakeBuffer => {
  let wakes = new Map<string, Wake>();
  return {
    add: (wake) => {
      const key = formatRef(wake.ref);
      wakes.set(key, merge(wakes.get(key), wake));
    },
    flush: async () => {
      const taken = wakes;
      wakes = new Map();
      try {
        const requests = toWakeRequests(deps, await withoutEchoes(deps, [...taken.values()]));
        if (requests.length > 0) await deps.messages.send(requests);
      } catch (error) {
        const added = wakes;
        wakes = taken;
        for (const [key, wake] of added) wakes.set(key, merge(wakes.get(key), wake));
        throw error;
      }
    },
  };
};

/** A change of the object itself, or of its store, outweighs one of its target: neither is an echo. */
const merge = (known: Wake | undefined, next: Wake): Wake => {
  if (known === undefined) return next;
  const cause = known.cause === 'store' ? 'store' : next.cause;
  const { targetResourceVersion: a, sources: oldSources, gone: _, ...old } = known; // what is said last of it holds
  const { targetResourceVersion: b, sources: newSources, ...added } = next;
  return {
    ...old,
    ...added,
    cause,
    ...(a !== undefined && b !== undefined && { targetResourceVersion: isNewerVersion(a, b) ? a : b }),
    ...(oldSources !== undefined && newSources !== undefined && { sources: [...oldSources, ...newSources] }),
  };
};

const withoutEchoes = async ({ cluster, states }: WakeBufferDeps, wakes: readonly Wake[]): Promise<readonly Wake[]> => {
  const suspects = wakes.filter((wake) => wake.targetResourceVersion !== undefined || wake.sources !== undefined);
  if (suspects.length === 0) return wakes;
  const known = await states.getMany(
    cluster,
    suspects.map(({ ref }) => ref),
  );
  return wakes.filter((wake) => {
    const state = known.get(formatRef(wake.ref));
    return !isTargetEcho(wake, state) && !isSourceEcho(wake, state);
  });
};

const isTargetEcho = ({ targetResourceVersion }: Wake, state: SyncState | undefined): boolean =>
  targetResourceVersion !== undefined &&
  state?.target !== undefined &&
  !isNewerVersion(targetResourceVersion, state.target.resourceVersion);

/** All of them were pushed as they are, or are nothing to this PushSecret. */
const isSourceEcho = ({ sources }: Wake, state: SyncState | undefined): boolean =>
  sources?.every(({ name, as, resourceVersion }) => {
    const pushed = state?.pushed?.sources.find((source) => source.name === name);
    if (as === 'deleted') return false;
    if (pushed === undefined) return as === 'unselected';
    return !isNewerVersion(resourceVersion, pushed.resourceVersion);
  }) ?? false;

/** Stores first: what reads through them finds them validated. */
const toWakeRequests = ({ cluster, traceId }: WakeBufferDeps, wakes: readonly Wake[]): readonly ReconcileRequest[] => {
  const groups = Map.groupBy(wakes, ({ ref, cause }) => `${orderOf(ref)} ${cause}`);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, members]) =>
      toRequests(members.map(toRequested), {
        cluster,
        cause: { type: members[0]?.cause ?? 'feed' },
        traceId: traceId(),
      }),
    );
};

const orderOf = ({ kind }: ServedRef): number => {
  if (isPushing(kind)) return 3; // another queue's
  return kind === 'ExternalSecret' ? 2 : 1;
};

const toRequested = ({ ref, uid, targetResourceVersion, gone }: Wake): RequestedObject => ({
  ...ref,
  ...(uid === undefined ? {} : { uid }),
  ...(targetResourceVersion === undefined ? {} : { targetResourceVersion }),
  ...(gone && { gone }),
});
