import type { Cluster } from '../../domain/cluster.ts';
import { OtherClusterError } from '../guarding-client.ts';
import type { ClusterClient } from '../ports/cluster-client.ts';

/**
 * Right before anything at a provider changes: what was read in a cluster that was rebuilt under its name says nothing about
 * what the registered one pushed.
 * @throws OtherClusterError
 */
export const refuseOtherCluster = async (
  client: Pick<ClusterClient, 'kubeSystemUid'>,
  { name, kubeSystemUid }: Pick<Cluster, 'name' | 'kubeSystemUid'>,
  signal?: AbortSignal,
): Promise<void> => {
  if ((await client.kubeSystemUid(signal)) !== kubeSystemUid)
    throw new OtherClusterError(`cluster ${name} is not the one that was registered: register it again`);
};
