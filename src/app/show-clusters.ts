import type { Cluster } from '../domain/cluster.ts';
import type { ClusterRegistry, FeedPositions } from './ports/tables.ts';

/** A registration and whether the service hears from the cluster. */
export interface ClusterReport {
  readonly cluster: Cluster;
  /** Epoch milliseconds, when the quietest of its watches last brought something. Absent: the feed has not begun. */
  readonly heardAt?: number;
}

export interface ShowClustersDeps {
  readonly clusters: Pick<ClusterRegistry, 'get' | 'list'>;
  readonly positions: Pick<FeedPositions, 'list'>;
}

export interface ShowClusters {
  /** By name. */
  all(signal?: AbortSignal): Promise<readonly ClusterReport[]>;
  one(name: string, signal?: AbortSignal): Promise<ClusterReport | undefined>;
}

export const createShowClusters = ({ clusters, positions }: ShowClustersDeps): ShowClusters => {
  const report = async (cluster: Cluster): Promise<ClusterReport> => {
    const heard = (await positions.list(cluster.name)).map(({ heardAt }) => heardAt);
    return heard.length === 0 ? { cluster } : { cluster, heardAt: Math.min(...heard) };
  };
  return {
    all: async (signal) => {
      const all = await clusters.list(signal);
      return Promise.all(all.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(report));
    },
    one: async (name, signal) => {
      const cluster = await clusters.get(name, signal);
      return cluster && report(cluster);
    },
  };
};
