import type { Cluster } from '../domain/cluster.ts';
import type { Clock } from './ports/runtime.ts';
import type { ClusterRegistry } from './ports/tables.ts';

export interface AcceptAbsenceDeps {
  readonly clusters: Pick<ClusterRegistry, 'get' | 'put'>;
  readonly clock: Pick<Clock, 'now'>;
}

export type AcceptAbsence = (name: string, signal?: AbortSignal) => Promise<Cluster | undefined>;

/**
 * A person says that the objects which very many lists missed are really gone. The feed sees the changed registration,
 * lists the cluster anew and forgets each that a read by name does not find either; nothing in the cluster is touched.
 * @returns the registration; undefined when nothing is registered under the name
 */
export const createAcceptAbsence =
  ({ clusters, clock }: AcceptAbsenceDeps): AcceptAbsence =>
  async (name, signal) => {
    const before = await clusters.get(name, signal);
    if (before === undefined) return undefined;
    const cluster = { ...before, absenceAcceptedAt: clock.now() };
    await clusters.put(cluster);
    return cluster;
  };
