import type { FeedPosition, FeedPositions, Lease } from '../../../src/app/ports/tables.ts';
import type { WatchedKind } from '../../../src/domain/object-ref.ts';

type Feed = FeedPosition & { readonly kind: WatchedKind; readonly namespace: string };

/** @param isCurrent - whether a lease still is the one that holds its cluster */
export const createFakeFeedPositions = (
  isCurrent: (lease: Lease) => boolean,
): FeedPositions & { forget(cluster: string): void } => {
  const clusters = new Map<string, Map<string, Feed>>();
  const keyOf = (kind: WatchedKind, namespace: string): string => `${kind}/${namespace}`;
  return {
    get: async (cluster, kind, namespace) => {
      const feed = clusters.get(cluster)?.get(keyOf(kind, namespace));
      return feed === undefined ? undefined : { resourceVersion: feed.resourceVersion, heardAt: feed.heardAt };
    },
    put: async (lease, { kind, namespace }, { resourceVersion, heardAt }) => {
      if (!isCurrent(lease)) return false;
      const feeds = clusters.get(lease.cluster) ?? new Map<string, Feed>();
      feeds.set(keyOf(kind, namespace), { kind, namespace, resourceVersion, heardAt });
      clusters.set(lease.cluster, feeds);
      return true;
    },
    list: async (cluster) => structuredClone([...(clusters.get(cluster)?.values() ?? [])]),
    forget: (cluster) => {
      clusters.delete(cluster);
    },
  };
};
