import type { Cluster } from '../domain/cluster.ts';
import type { ClusterRegistry } from './ports/tables.ts';
import { type ConnectionSecrets, secretIdOf } from './register-cluster.ts';

export interface RemoveClusterDeps {
  readonly clusters: ClusterRegistry;
  readonly connectionSecrets: ConnectionSecrets;
}

export type RemoveCluster = (name: string, signal?: AbortSignal) => Promise<Cluster | undefined>;

/**
 * Forgets a cluster; what is in it stays as it is. The registration goes first, so that nothing uses the credentials when they go.
 * @returns what was registered; undefined when nothing was
 */
export const createRemoveCluster =
  ({ clusters, connectionSecrets }: RemoveClusterDeps): RemoveCluster =>
  async (name, signal) => {
    const cluster = await clusters.get(name, signal);
    if (cluster === undefined) return undefined;
    await clusters.remove(name);
    const secretId = secretIdOf(cluster);
    if (secretId !== undefined) await connectionSecrets.remove(secretId);
    return cluster;
  };
