import type { Cluster } from '../../domain/cluster.ts';
import { isNewerVersion, type MirroredObject } from '../../domain/mirrored-object.ts';
import { formatRef, parseRef, type WatchedKind } from '../../domain/object-ref.ts';
import { createForget, type ForgetDeps } from '../forget-object.ts';
import type { ClusterClient, ClusterClients } from '../ports/cluster-client.ts';
import type { Messages } from '../ports/messages.ts';
import type { Clock, Log, Metrics } from '../ports/runtime.ts';
import type { FeedPositions, Lease } from '../ports/tables.ts';
import type { FeedContext } from './apply-event.ts';
import { createFeedIndex } from './feed-index.ts';
import { type Followed, followKind } from './follow-kind.ts';
import { createWakeBuffer, type WakeBuffer } from './wake-buffer.ts';

/** Long enough for a sync to remember its own write, short enough to go unnoticed. */
const FLUSH_EVERY_MILLISECONDS = 250;

/** Positions are written this often at most; a lost invocation's events of that time come again and change nothing. */
const STORE_POSITIONS_EVERY_MILLISECONDS = 2_000;

/** Stores and Namespaces first: what reads through them finds them. */
const CLUSTER_KINDS: readonly WatchedKind[] = ['Namespace', 'ClusterSecretStore'];
const NAMESPACED_KINDS: readonly WatchedKind[] = ['SecretStore', 'ExternalSecret', 'Secret'];

export interface HoldFeedDeps extends ForgetDeps {
  readonly clients: ClusterClients;
  readonly positions: FeedPositions;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly traceId: () => string;
}

/**
 * Holds the watches of one cluster until `signal` aborts.
 * @throws ClusterReplacedError - another cluster answers under the registered name
 * @throws LeaseLostError - somebody else holds the cluster now
 */
export const createHoldFeed = (deps: HoldFeedDeps) => async (cluster: Cluster, lease: Lease, signal: AbortSignal) => {
  const client = await deps.clients(cluster.name, signal);
  await refuseReplaced(client, cluster, signal);
  const positions = await deps.positions.list(cluster.name);
  const index = createFeedIndex(await remembered(deps, cluster.name));
  const wakes = createWakeBuffer({ ...deps, cluster: cluster.name });
  const tracker = createPositionTracker(deps, lease);
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const feed: FeedContext = { ...deps, cluster: cluster.name, index, wakes, forget: createForget(deps) };
  await wakeForgotten(deps, cluster.name, feed);
  const follow = (followed: Followed) => {
    const position = positions.find(
      ({ kind, namespace }) => kind === followed.kind && namespace === followed.namespace,
    );
    const compareTargets = createCompareTargets(deps, cluster.name, feed);
    return followKind(
      { ...deps, client, feed, kubeSystemUid: cluster.kubeSystemUid, reached: tracker.reached, compareTargets },
      { followed, position },
      until,
    );
  };
  const work = [...followedOf(cluster).map(follow), flushRegularly(deps, { wakes, tracker }, until)];
  try {
    await Promise.all(work);
  } finally {
    stop.abort();
    await Promise.allSettled(work);
    await flush(wakes, tracker);
  }
};

export class ClusterReplacedError extends Error {
  override readonly name = 'ClusterReplacedError';
}

export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** A cluster rebuilt under the same name holds none of the old objects: taking that for deletions would be a disaster. */
const refuseReplaced = async (client: ClusterClient, cluster: Cluster, signal: AbortSignal): Promise<void> => {
  if ((await client.kubeSystemUid(signal)) !== cluster.kubeSystemUid)
    throw new ClusterReplacedError(`cluster ${cluster.name} is not the one that was registered`);
};

const followedOf = ({ namespaces }: Cluster): readonly Followed[] => {
  const everywhere = namespaces.length === 0 ? [''] : namespaces;
  return [
    ...CLUSTER_KINDS.map((kind) => ({ kind, namespace: '' })),
    ...NAMESPACED_KINDS.flatMap((kind) => everywhere.map((namespace) => ({ kind, namespace }))),
  ];
};

const remembered = async ({ mirror }: HoldFeedDeps, cluster: string): Promise<readonly MirroredObject[]> => {
  const kinds = ['Namespace', 'ClusterSecretStore', 'SecretStore', 'ExternalSecret'] as const;
  return (await Promise.all(kinds.map((kind) => mirror.list(cluster, kind)))).flat();
};

/** Objects that were mirrored and never came to a state (a message was lost): nothing stops silently. */
const wakeForgotten = async (
  { states }: HoldFeedDeps,
  cluster: string,
  { index, wakes }: FeedContext,
): Promise<void> => {
  const known = await states.list(cluster);
  for (const kind of ['SecretStore', 'ClusterSecretStore', 'ExternalSecret'] as const)
    for (const { ref, uid } of index.list(kind, ''))
      if (!known.has(formatRef(ref))) wakes.add({ ref: { ...ref, kind }, cause: 'feed', uid });
};

/** After a gap: targets that are gone, replaced or edited since we last saw them wake their writers. */
const createCompareTargets =
  ({ states }: HoldFeedDeps, cluster: string, { index, wakes }: FeedContext) =>
  async (secrets: readonly MirroredObject[], namespace: string): Promise<void> => {
    const listed = new Map(secrets.map(({ ref, ...secret }) => [`${ref.namespace}/${ref.name}`, secret]));
    for (const [name, { target }] of await states.list(cluster)) {
      const ref = parseRef(name);
      if (target === undefined || (namespace !== '' && ref.namespace !== namespace)) continue;
      const current = listed.get(`${ref.namespace}/${target.name}`);
      const same = current?.uid === target.uid && !isNewerVersion(current.resourceVersion, target.resourceVersion);
      if (!same && index.get(ref) !== undefined) wakes.add({ ref, cause: 'feed' });
    }
  };

interface Reached {
  readonly followed: Followed;
  readonly resourceVersion: string;
}

interface PositionTracker {
  readonly reached: (followed: Followed, resourceVersion: string) => void;
  /** What was reached since the last call. */
  readonly take: () => readonly Reached[];
  readonly store: (positions: readonly Reached[]) => Promise<void>;
}

const createPositionTracker = ({ positions, clock }: HoldFeedDeps, lease: Lease): PositionTracker => {
  let pending = new Map<string, Reached>();
  return {
    reached: (followed, resourceVersion) =>
      void pending.set(`${followed.kind}/${followed.namespace}`, { followed, resourceVersion }),
    take: () => {
      const taken = [...pending.values()];
      pending = new Map();
      return taken;
    },
    store: async (taken) => {
      for (const { followed, resourceVersion } of taken) {
        const kept = await positions.put(lease, followed, { resourceVersion, heardAt: clock.now() });
        if (!kept) throw new LeaseLostError(`the lease of cluster ${lease.cluster} was lost`);
      }
    },
  };
};

/** Wakes go first: a position may be stored only when everything up to it was sent. */
const flush = async (wakes: WakeBuffer, tracker: PositionTracker): Promise<void> => {
  const positions = tracker.take();
  await wakes.flush();
  await tracker.store(positions);
};

const flushRegularly = async (
  { clock }: HoldFeedDeps,
  { wakes, tracker }: { readonly wakes: WakeBuffer; readonly tracker: PositionTracker },
  signal: AbortSignal,
): Promise<void> => {
  let storedAt = clock.now();
  for (;;) {
    await clock.sleep(FLUSH_EVERY_MILLISECONDS, signal).catch(() => undefined); // ends early when aborted
    if (signal.aborted) return;
    if (clock.now() - storedAt < STORE_POSITIONS_EVERY_MILLISECONDS) await wakes.flush();
    else {
      await flush(wakes, tracker);
      storedAt = clock.now();
    }
  }
};
