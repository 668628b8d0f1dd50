import type { ReconcileRequest } from '../../domain/message.ts';
import { CLUSTER_PUSH_SECRET } from '../../domain/provisioner.ts';
import { createGenerators } from '../generators.ts';
import { knowTold } from '../know-told.ts';
import { createLoadPasses } from '../passes.ts';
import type { SecretWriters } from '../ports/secret-writer.ts';
import type { ReconcileDeps } from '../reconcile.ts';
import { createReconcileProvisioners } from '../reconcile-provisioners.ts';
import { createRecordUse } from '../record-use.ts';
import { createReport } from '../report.ts';
import { createRounds } from '../rounds.ts';
import type { GuardedScope } from '../store-access.ts';
import { createTemplateSources } from '../template-sources.ts';
import { createClearDeparted, departuresIn } from './clear-departed.ts';
import { observingWriters } from './observing-writers.ts';
import { createPushStores } from './open-push-stores.ts';
import type { PushBatch } from './push-pass.ts';
import { createPushSecrets } from './push-secrets.ts';

export interface PushDeps extends Omit<ReconcileDeps, 'genericTargets' | 'readers'> {
  readonly writers: SecretWriters;
}

/**
 * Brings the PushSecrets and ClusterPushSecrets of one request into the state their specs ask for: observe, decide, act,
 * report. As with `createReconcile`, what fails says so itself and is due again, and running it twice changes nothing the
 * second time.
 */
export const createPush = (deps: PushDeps) => {
  const loadPasses = createLoadPasses(deps);
  const report = createReport(deps);
  const reconcileClusterPushSecrets = createReconcileProvisioners({ ...deps, report, type: CLUSTER_PUSH_SECRET });
  const pushSecrets = createPushSecrets({ ...deps, report, recordUse: createRecordUse(deps) });
  const clearDeparted = createClearDeparted(deps);

  const open = (scope: GuardedScope): PushBatch => {
    const { writers } = deps;
    const isWatching = scope.cluster.mode === 'observe';
    const stores = createPushStores(
      { ...deps, writers: isWatching ? observingWriters(writers, deps.log) : writers },
      scope,
    );
    const generators = createGenerators(deps.issuer, { ...scope, access: 'write' });
    return { scope, stores, generators, templates: createTemplateSources(scope.client) };
  };

  const runRound = async (request: ReconcileRequest, scope: GuardedScope, signal?: AbortSignal) => {
    const batch = open(scope);
    const named = request.objects.filter(({ kind }) => kind === 'PushSecret');
    const departed = await departuresIn(deps, {
      cluster: scope.cluster.name,
      objects: named,
      traceId: request.traceId,
    });
    await clearDeparted(departed, batch, signal);
    const gone = new Set(departed.map(({ requested }) => requested));
    const objects = request.objects.filter((one) => !gone.has(one));
    const loaded = await loadPasses(scope.cluster, { ...request, objects }, deps.clock.now());
    const passes = request.redelivered
      ? await Promise.all(loaded.map((pass) => knowTold(scope.client, pass, signal)))
      : loaded;
    const outdated = [
      ...(await reconcileClusterPushSecrets(
        passes.filter(({ ref }) => ref.kind === 'ClusterPushSecret'),
        scope,
        signal,
      )),
      ...(await pushSecrets(
        passes.filter(({ ref }) => ref.kind === 'PushSecret'),
        batch,
        signal,
      )),
    ];
    return outdated.map(({ request: requested }) => requested);
  };

  return createRounds(deps, runRound);
};
