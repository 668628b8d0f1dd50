import type { ReconcileRequest } from '../domain/message.ts';
import { isPushing, type Kind } from '../domain/object-ref.ts';
import { CLUSTER_EXTERNAL_SECRET } from '../domain/provisioner.ts';
import { readFreshness } from './feed-freshness.ts';
import { createGenerators } from './generators.ts';
import type { IdentityGuardDeps } from './identity-guard.ts';
import { knowTold } from './know-told.ts';
import { createStores, type OpenStoresDeps } from './open-stores.ts';
import { createLoadPasses } from './passes.ts';
import type { ClusterClients } from './ports/cluster-client.ts';
import type { Engines } from './ports/engine.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log, Metrics } from './ports/runtime.ts';
import type { ClusterRegistry, Dependants, FeedPositions, Finders, StoreUsers } from './ports/tables.ts';
import type { TokenIssuer } from './ports/token-issuer.ts';
import { createReconcileExternalSecrets } from './reconcile-external-secrets.ts';
import { createReconcileProvisioners } from './reconcile-provisioners.ts';
import { createReconcileStores } from './reconcile-stores.ts';
import { releaseFinalizers } from './release-finalizers.ts';
import { createReport } from './report.ts';
import { createRounds } from './rounds.ts';
import type { GuardedScope } from './store-access.ts';

export interface ReconcileDeps extends OpenStoresDeps, IdentityGuardDeps {
  readonly issuer: TokenIssuer;
  readonly registry: ClusterRegistry;
  readonly clients: ClusterClients;
  readonly dependants: Dependants;
  readonly finders: Finders;
  readonly users: StoreUsers;
  /** Whether targets of other kinds than Secret are written. */
  readonly genericTargets: boolean;
  readonly positions: FeedPositions;
  readonly messages: Messages;
  /** Nothing is loaded before the first call. */
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** 0 up to 1 */
  readonly random: () => number;
}

/**
 * Brings the objects of one request into the state their specs ask for: observe, decide, act, report.
 * Running it twice changes nothing the second time. An object that fails says so itself and is due again; what is
 * thrown is a bug, or the table or the queue being away, and the message comes back.
 */
export const createReconcile = (deps: ReconcileDeps) => {
  const loadPasses = createLoadPasses(deps);
  const report = createReport(deps);
  const reconcileExternalSecrets = createReconcileExternalSecrets({ ...deps, report });
  const reconcileStores = createReconcileStores({ ...deps, report });
  const reconcileClusterExternalSecrets = createReconcileProvisioners({
    ...deps,
    report,
    type: CLUSTER_EXTERNAL_SECRET,
  });

  const runRound = async (request: ReconcileRequest, scope: GuardedScope, signal?: AbortSignal) => {
    const { cluster, client } = scope;
    const batch = { scope, stores: createStores(deps, scope), generators: createGenerators(deps.issuer, scope) };
    const freshen = await readFreshness(deps.positions, request);
    const objects = request.objects.filter(({ kind }) => !isPushing(kind)); // pushed with another role
    const loaded = freshen(await loadPasses(cluster, { ...request, objects }, deps.clock.now()));
    const known = request.redelivered
      ? await Promise.all(loaded.map((pass) => knowTold(client, pass, signal)))
      : loaded;
    const passes = await Promise.all(known.map((pass) => releaseFinalizers(batch, pass, deps.log)));
    const alive = passes.filter(({ object }) => object.deletionTimestamp === undefined);
    const stores = alive.filter(({ ref }) => isStoreKind(ref.kind));
    const externalSecrets = alive.filter(({ ref }) => ref.kind === 'ExternalSecret');
    const clusterExternalSecrets = passes.filter(({ ref }) => ref.kind === 'ClusterExternalSecret');
    const outdated = [
      ...(await reconcileClusterExternalSecrets(clusterExternalSecrets, scope, signal)),
      ...(await reconcileStores(stores, batch, signal)),
      ...(await reconcileExternalSecrets(externalSecrets, batch, signal)),
    ];
    return outdated.map(({ request: requested }) => requested);
  };

  return createRounds(deps, runRound);
};

const isStoreKind = (kind: Kind): boolean => kind === 'SecretStore' || kind === 'ClusterSecretStore';

export type Reconcile = ReturnType<typeof createReconcile>;
