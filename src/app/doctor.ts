import type { Cluster } from '../domain/cluster.ts';
import type { Subject } from '../domain/doctor/hop.ts';
import { formatPlace, type ServedRef } from '../domain/object-ref.ts';
import { parseRoleArn } from '../domain/role-arn.ts';
import { lookAtStores } from './doctor/look-at-stores.ts';
import type { StoreWalkDeps } from './doctor/store-job.ts';
import { createWalk, type Walk } from './doctor/walk.ts';
import { type ClusterEnd, type ClusterWalkDeps, walkCluster } from './doctor/walk-cluster.ts';
import { walkHub } from './doctor/walk-hub.ts';
import { walkPush } from './doctor/walk-push.ts';
import { walkFinalizers, walkRemains } from './doctor/walk-remains.ts';
import { AFTER_STORE, walkStore } from './doctor/walk-store.ts';
import { createIdentityGuard } from './identity-guard.ts';
import type { HubProbe, OpenInspector } from './ports/doctor.ts';
import type { ClusterRegistry } from './ports/tables.ts';

export interface DoctorDeps extends ClusterWalkDeps, StoreWalkDeps {
  readonly clusters: Pick<ClusterRegistry, 'get' | 'list'>;
  readonly hub: HubProbe;
  readonly inspect: OpenInspector;
  /** `secretcast-STAGE` */
  readonly stack: string;
}

/** What to look at: the hub always, then one cluster or all of them, then one store. */
export interface DoctorRequest {
  readonly cluster?: string;
  readonly store?: ServedRef & { readonly kind: 'SecretStore' | 'ClusterSecretStore' };
  /** Whose objects read through a ClusterSecretStore. @default '' */
  readonly namespace?: string;
  readonly key?: string;
}

/** Undefined: there is no such cluster. */
export type Doctor = (request: DoctorRequest, signal?: AbortSignal) => Promise<readonly Subject[] | undefined>;

/**
 * Walks every hop between a secret and a cluster and says which is broken, without changing anything. One broken hop ends
 * the way of its cluster or store; all others are walked to their own end.
 */
export const createDoctor =
  (deps: DoctorDeps): Doctor =>
  async (request, signal) => {
    const { arn: you, account } = await deps.hub.whoAmI();
    const clusters = await chosen(deps, request, signal);
    if (clusters === undefined) return undefined;
    const looking: Looking = { you, account, partition: you.split(':')[1] ?? 'aws', signal };
    const hub = await walkHub({ hub: deps.hub, stack: deps.stack, you });
    const walked = await Promise.all(clusters.map((cluster) => visit(deps, { cluster, request, looking })));
    return [hub, ...walked.flat()];
  };

const chosen = async (
  { clusters }: DoctorDeps,
  { cluster: name }: DoctorRequest,
  signal: AbortSignal | undefined,
): Promise<readonly Cluster[] | undefined> => {
  if (name === undefined) return clusters.list(signal);
  const found = await clusters.get(name, signal);
  return found && [found];
};

/** Who looks. */
interface Looking {
  readonly you: string;
  /** Of the hub. */
  readonly account: string;
  readonly partition: string;
  readonly signal: AbortSignal | undefined;
}

interface Visit {
  readonly cluster: Cluster;
  readonly request: DoctorRequest;
  readonly looking: Looking;
}

const visit = async (deps: DoctorDeps, job: Visit): Promise<readonly Subject[]> => {
  const { cluster, request, looking } = job;
  const walk = createWalk();
  const { signal } = looking;
  const serviceRoles = ['watch-clusters', 'reconcile', 'push'].map((name) => roleArn(deps.stack, name, looking));
  const end = await walkCluster(walk, deps, { cluster, serviceRoles, signal });
  if (end.endedAt !== undefined)
    walk.skip(request.store === undefined ? ['finalizers', 'stores'] : ['finalizers'], end.endedAt);
  else {
    const { opened, as } = end.signedIn;
    await walkFinalizers(walk, { cluster, client: opened.client, as, signal });
    if (request.store === undefined) await lookAtStores(walk, { opened, as, cluster, states: deps.states, signal });
  }
  await lookBeyond(deps, { walk, end }, job);
  const mode = cluster.mode === 'active' ? '' : `, ${cluster.mode}`;
  const subject = { subject: `cluster ${cluster.name} (${cluster.connection.server}${mode})`, hops: walk.reports };
  return request.store === undefined
    ? [subject]
    : [subject, await visitStore(deps, { ...job, store: request.store }, end)];
};

/** Whose roles no store may name. */
const FUNCTIONS = ['on-secret-change', 'on-schedule', 'watch-clusters', 'reconcile', 'push'];

const roleArn = (stack: string, name: string, { account, partition }: Looking): string =>
  `arn:${partition}:iam::${account}:role/${stack}-${name}`;

interface Ended {
  readonly walk: Walk;
  readonly end: ClusterEnd;
}

/** An administrator who was named sees what the service may not. */
const lookBeyond = async (deps: DoctorDeps, { walk, end }: Ended, { cluster, looking }: Visit): Promise<void> => {
  const isReached = walk.reports.some(({ hop, status }) => hop === 'tls' && status === 'ok');
  const named = isReached ? await deps.inspect(cluster) : undefined;
  const own = end.signedIn && { inspector: end.signedIn.opened.inspector, as: end.signedIn.as };
  const inspecting = named ?? own;
  if (inspecting === undefined) walk.skip(['stored-versions', 'webhooks', 'operator'], end.endedAt ?? 'tls');
  else await walkRemains(walk, { ...inspecting, cluster, signal: looking.signal });
};

type StoreVisit = Visit & { readonly store: NonNullable<DoctorRequest['store']> };

const visitStore = async (
  deps: DoctorDeps,
  { cluster, request, store: ref, looking }: StoreVisit,
  end: ClusterEnd,
): Promise<Subject> => {
  const walk = createWalk();
  const { namespace = '', key } = request;
  if (end.endedAt !== undefined) walk.skip(['store', ...AFTER_STORE], end.endedAt);
  else {
    const [readingRole, pushingRole] = [
      roleArn(deps.stack, 'reconcile', looking),
      roleArn(deps.stack, 'push', looking),
    ];
    const own = FUNCTIONS.flatMap((name) => parseRoleArn(roleArn(deps.stack, name, looking)) ?? []);
    const guard = createIdentityGuard({ registry: deps.clusters, serviceRoles: own }, cluster);
    const job = { ...end.signedIn, ...looking, cluster, ref, namespace, key, readingRole, pushingRole, guard };
    await walkStore(walk, deps, job);
    await walkPush(walk, deps, job);
  }
  return { subject: `${ref.kind} ${formatPlace(ref)} of cluster ${cluster.name}`, hops: walk.reports };
};
