import { type Cause, type ReconcileRequest, type RequestedObject, toRequests } from '../../domain/message.ts';
import { isNewerVersion } from '../../domain/mirrored-object.ts';
import { formatRef, type ServedRef } from '../../domain/object-ref.ts';
import type { Messages } from '../ports/messages.ts';
import type { States } from '../ports/tables.ts';

/** An object to look at. `targetResourceVersion`: woken by its target only, at this version. */
export interface Wake {
  readonly ref: ServedRef;
  readonly cause: Extract<Cause['type'], 'feed' | 'store'>;
  readonly uid?: string;
  readonly targetResourceVersion?: string;
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
  const { targetResourceVersion: a } = known;
  const { targetResourceVersion: b } = next;
  const { targetResourceVersion: _, ...merged } = { ...known, ...next, cause };
  return a === undefined || b === undefined
    ? merged
    : { ...merged, targetResourceVersion: isNewerVersion(a, b) ? a : b };
};

const withoutEchoes = async ({ cluster, states }: WakeBufferDeps, wakes: readonly Wake[]): Promise<readonly Wake[]> => {
  const suspects = wakes.filter(({ targetResourceVersion }) => targetResourceVersion !== undefined);
  if (suspects.length === 0) return wakes;
  const known = await states.getMany(
    cluster,
    suspects.map(({ ref }) => ref),
  );
  return wakes.filter(({ ref, targetResourceVersion }) => {
    const target = known.get(formatRef(ref))?.target;
    const isEcho =
      targetResourceVersion !== undefined &&
      target !== undefined &&
      !isNewerVersion(targetResourceVersion, target.resourceVersion);
    return !isEcho;
  });
};

/** Stores first: what reads through them finds them validated. */
const toWakeRequests = ({ cluster, traceId }: WakeBufferDeps, wakes: readonly Wake[]): readonly ReconcileRequest[] => {
  const groups = Map.groupBy(wakes, ({ ref, cause }) => `${ref.kind === 'ExternalSecret' ? 2 : 1} ${cause}`);
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

const toRequested = ({ ref, uid, targetResourceVersion }: Wake): RequestedObject => ({
  ...ref,
  ...(uid === undefined ? {} : { uid }),
  ...(targetResourceVersion === undefined ? {} : { targetResourceVersion }),
});
