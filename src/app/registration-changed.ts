import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../domain/cluster.ts';
import { SyncError } from '../domain/sync-error.ts';
import type { ClusterRegistry } from './ports/tables.ts';

/** What was read was read under a registration that is no longer the cluster's: nothing is written on its word. */
export class RegistrationChangedError extends SyncError {
  override readonly name = 'RegistrationChangedError';
  readonly reason = 'RegistrationChanged';
  readonly retryable = true;
}

/**
 * Right before a write: a registration that was narrowed, paused or removed since the batch began holds from now on.
 * @throws RegistrationChangedError - begin anew
 */
export const refuseChangedRegistration = async (
  registry: Pick<ClusterRegistry, 'get'>,
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<void> => {
  if (!isDeepStrictEqual(await registry.get(cluster.name, signal), cluster))
    throw new RegistrationChangedError(`the registration of cluster ${cluster.name} changed meanwhile`);
};
