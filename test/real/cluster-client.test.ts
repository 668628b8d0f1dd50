import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRealCluster } from '../../local/real-cluster/start-real-cluster.ts';
import { type ClusterWorld, describeClusterClient } from '../contract/cluster-client.ts';
import { createApiServerWorld, STRANGER } from '../support/api-server-world.ts';

const startReal = async (): Promise<ClusterWorld> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'contract-'));
  const cluster = await startRealCluster({ name: 'contract', directory, users: [STRANGER] });
  const world = await createApiServerWorld(cluster, async () => '1');
  return {
    ...world,
    stop: async () => {
      await world.stop();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

describeClusterClient('the adapter on kube-apiserver', startReal);
