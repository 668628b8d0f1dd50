import { type Cluster, servesKind, servesNamespace } from '../../domain/cluster.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { KINDS } from '../../domain/object-ref.ts';
import { createForget, type ForgetDeps } from '../forget-object.ts';
import type { ClusterClients } from '../ports/cluster-client.ts';
import type { Messages } from '../ports/messages.ts';
import type { Clock, Log, Metrics } from '../ports/runtime.ts';
import type { FeedPositions, Lease } from '../ports/tables.ts';
import type { FeedContext } from './apply-event.ts';
import { createCompareTargets } from './compare-targets.ts';
import { createFeedIndex } from './feed-index.ts';
import { type FollowDeps, followKind } from './follow-kind.ts';
import { courseOf, type Followed, positionOf } from './followed.ts';
import { createProgress } from './progress.ts';
import { refuseReplaced } from './refuse-replaced.ts';
import { raise, together } from './together.ts';
import { createWakeBuffer } from './wake-buffer.ts';
import { wakeRemembered } from './wake-remembered.ts';

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
 * Holds the watches of one cluster until `signal` aborts; then sends what was gathered and stores how far it came.
 * @throws ClusterReplacedError - another cluster answers under the registered name
 * @throws LeaseLostError - somebody else holds the cluster now
 * @throws SyncError - cluster, table or queue are away; hold it again after a while
 */
export const createHoldFeed =
  (deps: HoldFeedDeps) =>
  async (cluster: Cluster, lease: Lease, signal: AbortSignal): Promise<void> => {
    const client = await deps.clients(cluster.name, signal);
    await refuseReplaced(client, cluster, signal);
    const positions = await deps.positions.list(cluster.name);
    const feed = await openFeed(deps, cluster);
    await wakeRemembered(feed, { cluster, positions, states: deps.states });
    const progress = createProgress({ ...deps, lease, wakes: feed.wakes });
    const compareTargets = createCompareTargets(deps.states, feed);
    const followDeps = { ...deps, cluster, client, feed, compareTargets, reached: progress.reached };
    const held = together(signal, [
      ...followersOf(followDeps, positions),
      (until: AbortSignal) => progress.flushRegularly(until),
    ]);
    const outcomes = await Promise.allSettled([held]);
    raise([...outcomes, ...(await Promise.allSettled([progress.flush()]))]);
  };

const openFeed = async (deps: HoldFeedDeps, cluster: Cluster): Promise<FeedContext> => ({
  ...deps,
  cluster: cluster.name,
  index: createFeedIndex(await remembered(deps, cluster)),
  wakes: createWakeBuffer({ ...deps, cluster: cluster.name }),
  forget: createForget(deps),
});

const remembered = async ({ mirror }: HoldFeedDeps, cluster: Cluster): Promise<readonly MirroredObject[]> => {
  const kinds = (['Namespace', ...KINDS] as const).filter((kind) => kind === 'Namespace' || servesKind(cluster, kind));
  const objects = (await Promise.all(kinds.map((kind) => mirror.list(cluster.name, kind)))).flat();
  return objects.filter(({ ref }) => ref.namespace === '' || servesNamespace(cluster, ref.namespace));
};

/** A kind that cannot be listed keeps those after it waiting for its first attempt only. */
const followersOf = (deps: FollowDeps, positions: Parameters<typeof positionOf>[0]) => {
  const { first, next } = courseOf(deps.cluster);
  const follow = (followed: Followed, begun: () => void, until: AbortSignal) =>
    followKind(deps, { followed, begun, position: positionOf(positions, followed)?.resourceVersion }, until);
  const stores = first.map((followed) => ({ followed, ...Promise.withResolvers<void>() }));
  const begun = Promise.all(stores.map(({ promise }) => promise));
  return [
    ...stores.map(
      ({ followed, resolve }) =>
        (until: AbortSignal) =>
          follow(followed, resolve, until),
    ),
    ...next.map((followed) => async (until: AbortSignal) => {
      await begun;
      await follow(followed, () => undefined, until);
    }),
  ];
};
