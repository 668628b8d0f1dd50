import type { ClusterRegistry } from '../../../src/app/ports/tables.ts';
import type { Cluster } from '../../../src/domain/cluster.ts';

/** @param forget - called with the name of a removed cluster, for the other tables to drop what they know of it */
export const createFakeClusters = (forget: (cluster: string) => void): ClusterRegistry => {
  const clusters = new Map<string, Cluster>();
  return {
    get: async (name) => structuredClone(clusters.get(name)),
    list: async () => structuredClone([...clusters.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
    put: async (cluster) => {
      clusters.set(cluster.name, structuredClone(cluster));
    },
    remove: async (name) => {
      clusters.delete(name);
      forget(name);
    },
  };
};
