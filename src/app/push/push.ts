import type { ReconcileRequest } from '../../domain/message.ts';
import { CLUSTER_PUSH_SECRET } from '../../domain/provisioner.ts';
import { knowTold } from '../know-told.ts';
import { createLoadPasses } from '../passes.ts';
import type { ReconcileDeps } from '../reconcile.ts';
import { createReconcileProvisioners } from '../reconcile-provisioners.ts';
import { createReport } from '../report.ts';
import { createRounds } from '../rounds.ts';
import type { GuardedScope } from '../store-access.ts';

export type PushDeps = Omit<ReconcileDeps, 'genericTargets'>;

/** Brings the PushSecrets and ClusterPushSecrets of one request into the state their specs ask for. */
export const createPush = (deps: PushDeps) => {
  const loadPasses = createLoadPasses(deps);
  const report = createReport(deps);
  const reconcileClusterPushSecrets = createReconcileProvisioners({ ...deps, report, type: CLUSTER_PUSH_SECRET });

  const runRound = async (request: ReconcileRequest, scope: GuardedScope, signal?: AbortSignal) => {
    const objects = request.objects.filter(({ kind }) => kind === 'ClusterPushSecret');
    const loaded = await loadPasses(scope.cluster, { ...request, objects }, deps.clock.now());
    const passes = request.redelivered
      ? await Promise.all(loaded.map((pass) => knowTold(scope.client, pass, signal)))
      : loaded;
    const outdated = await reconcileClusterPushSecrets(passes, scope, signal);
    return outdated.map(({ request: requested }) => requested);
  };

  return createRounds(deps, runRound);
};
