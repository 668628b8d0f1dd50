import type { Cluster } from '../../domain/cluster.ts';
import type { ClusterClient } from '../ports/cluster-client.ts';

/** Another cluster answers under the registered name. */
export class ClusterReplacedError extends Error {
  override readonly name = 'ClusterReplacedError';
}

/**
 * A cluster rebuilt under the same name holds none of the old objects: taking that for deletions would be a disaster.
 * @throws ClusterReplacedError
 */
export const refuseReplaced = async (client: ClusterClient, cluster: Cluster, signal: AbortSignal): Promise<void> => {
  if ((await client.kubeSystemUid(signal)) !== cluster.kubeSystemUid)
    throw new ClusterReplacedError(`cluster ${cluster.name} is not the one that was registered: register it again`);
};
