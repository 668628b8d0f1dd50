import type { Cluster } from '../domain/cluster.ts';
import type { ReconcileRequest, RequestedObject } from '../domain/message.ts';
import { SyncError } from '../domain/sync-error.ts';
import { createGuardClient } from './guarding-client.ts';
import { createIdentityGuard, type IdentityGuardDeps } from './identity-guard.ts';
import { observing } from './observing-client.ts';
import type { ClusterClient, ClusterClients } from './ports/cluster-client.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log } from './ports/runtime.ts';
import type { ClusterRegistry } from './ports/tables.ts';
import type { GuardedScope } from './store-access.ts';
import { unreachable } from './unreachable-client.ts';

/** Passes decided on knowledge that another pass outdated are run again at once this often, then a moment later. */
const MAX_ROUNDS = 3;

export interface RoundsDeps extends IdentityGuardDeps {
  readonly registry: ClusterRegistry;
  readonly clients: ClusterClients;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
}

/** Works once on what a request names. @returns what was decided on old knowledge and must be looked at again */
export type RunRound = (
  request: ReconcileRequest,
  scope: GuardedScope,
  signal?: AbortSignal,
) => Promise<readonly RequestedObject[]>;

/** Opens the cluster of a request as its registration says, and runs rounds until nothing is left to be looked at again. */
export const createRounds = (deps: RoundsDeps, runRound: RunRound) => {
  const guard = createGuardClient(deps);
  return async (request: ReconcileRequest, signal?: AbortSignal): Promise<void> => {
    const cluster = await deps.registry.get(request.cluster, signal);
    if (cluster === undefined || cluster.mode === 'paused') {
      deps.log.info('request dropped', { cluster: request.cluster, mode: cluster?.mode ?? 'unregistered' });
      return;
    }
    const client = guard(await openClient(deps, cluster, signal), cluster);
    let remaining = request;
    for (let round = 0; round < MAX_ROUNDS && remaining.objects.length > 0; round += 1) {
      const scope = { cluster, client, guard: createIdentityGuard(deps, cluster) };
      remaining = { ...remaining, objects: await runRound(remaining, scope, signal) };
    }
    if (remaining.objects.length > 0) await deps.messages.send([remaining], 1);
  };
};

/** A cluster that cannot even be dialled fails object by object, so that each is due again. */
const openClient = async (deps: RoundsDeps, cluster: Cluster, signal?: AbortSignal): Promise<ClusterClient> => {
  try {
    const client = await deps.clients(cluster.name, signal);
    return cluster.mode === 'observe' ? observing(client, deps.log) : client;
  } catch (error) {
    if (error instanceof SyncError) return unreachable(error);
    throw error;
  }
};
