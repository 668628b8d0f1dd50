import type { Cluster } from '../domain/cluster.ts';
import type { Kind } from '../domain/object-ref.ts';
import type { RequiredAccess } from '../domain/required-access.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import { checkCluster, type PushingFindings } from './check-cluster.ts';
import { type ClusterChange, clusterChanges } from './cluster-changes.ts';
import type { ClusterClient } from './ports/cluster-client.ts';
import type { ClusterRegistry } from './ports/tables.ts';

/** Where tokens and client keys of clusters are kept. */
export interface ConnectionSecrets {
  /** Creates the secret, or gives it a new value; one that waits for its deletion is restored first. */
  put(secretId: string, value: SecretValue): Promise<void>;
  /** Gone already is success. */
  remove(secretId: string): Promise<void>;
}

/** What `cluster add` asks for. */
export type ProposedCluster = Omit<Cluster, 'kubeSystemUid' | 'absenceAcceptedAt'>;

export interface RegisterRequest {
  readonly cluster: ProposedCluster;
  /** Goes to `connection.credentialsSecretId`. Absent: an EKS cluster. */
  readonly credentials?: SecretValue;
  /** Forget the cluster that had the name before, when it is another one. */
  readonly replace: boolean;
  /** Register without asking the cluster anything, believing this uid. */
  readonly trustedUid?: string;
}

/** Why a cluster was not registered; nothing was changed then. */
export type Obstacle =
  | { readonly type: 'access'; readonly missing: readonly RequiredAccess[] }
  | { readonly type: 'kinds'; readonly missing: readonly Kind[] }
  | { readonly type: 'other-cluster'; readonly registeredUid: string; readonly foundUid: string };

export type RegisterResult =
  | {
      readonly registered: true;
      readonly cluster: Cluster;
      /** `replaced`: another cluster had the name, and was forgotten. */
      readonly was: 'new' | 'updated' | 'unchanged' | 'replaced';
      readonly changes: readonly ClusterChange[];
      /** Other registrations of the same cluster. */
      readonly alsoRegisteredAs: readonly string[];
      /** What keeps PushSecrets from being served, which is no obstacle. */
      readonly pushing: PushingFindings;
    }
  | { readonly registered: false; readonly obstacles: readonly Obstacle[] };

export interface RegisterClusterDeps {
  readonly clusters: ClusterRegistry;
  readonly connectionSecrets: ConnectionSecrets;
  /** Opens the cluster as the service would. */
  readonly connect: (cluster: ProposedCluster, credentials: SecretValue | undefined) => Promise<ClusterClient>;
}

export type RegisterCluster = (request: RegisterRequest, signal?: AbortSignal) => Promise<RegisterResult>;

/**
 * Registers a cluster, or replaces its registration by what is asked for now. The registration is written last: what the
 * service then finds is complete, and a run that was cut off is simply run again.
 */
export const createRegisterCluster =
  (deps: RegisterClusterDeps): RegisterCluster =>
  async (request, signal) => {
    const { clusters } = deps;
    const before = await clusters.get(request.cluster.name, signal);
    const findings = await inspect(deps, request, signal);
    const foundUid = findings.kubeSystemUid;
    const isOther = before !== undefined && foundUid !== undefined && before.kubeSystemUid !== foundUid;
    const obstacles: readonly Obstacle[] = [
      ...findings.obstacles,
      ...(isOther && !request.replace
        ? [{ type: 'other-cluster' as const, registeredUid: before.kubeSystemUid, foundUid }]
        : []),
    ];
    if (foundUid === undefined || obstacles.length > 0) return { registered: false, obstacles };
    const cluster: Cluster = {
      ...request.cluster,
      kubeSystemUid: foundUid,
      ...acceptedIn(isOther ? undefined : before),
    };
    const alsoRegisteredAs = (await clusters.list(signal))
      .filter(({ name, kubeSystemUid }) => name !== cluster.name && kubeSystemUid === foundUid)
      .map(({ name }) => name);
    await store(deps, { before, cluster, isOther, credentials: request.credentials });
    const changes = before === undefined ? [] : clusterChanges(before, cluster);
    const was = outcome(before, isOther, changes);
    return { registered: true, cluster, was, changes, alsoRegisteredAs, pushing: findings.pushing };
  };

/** What a person said of the same cluster still holds. */
const acceptedIn = (before: Cluster | undefined): Pick<Cluster, 'absenceAcceptedAt'> =>
  before?.absenceAcceptedAt === undefined ? {} : { absenceAcceptedAt: before.absenceAcceptedAt };

interface Inspection {
  readonly kubeSystemUid: string | undefined;
  readonly obstacles: readonly Obstacle[];
  readonly pushing: PushingFindings;
}

const NOTHING_FOUND: PushingFindings = { missingAccess: [], missingKinds: [] };

const inspect = async (
  { connect }: RegisterClusterDeps,
  { cluster, credentials, trustedUid }: RegisterRequest,
  signal: AbortSignal | undefined,
): Promise<Inspection> => {
  if (trustedUid !== undefined) return { kubeSystemUid: trustedUid, obstacles: [], pushing: NOTHING_FOUND };
  const client = await connect(cluster, credentials);
  const findings = await checkCluster(client, cluster.namespaces, signal);
  const { kubeSystemUid, missingAccess, missingKinds, pushing } = findings;
  const obstacles: readonly Obstacle[] = [
    ...(missingAccess.length > 0 ? [{ type: 'access' as const, missing: missingAccess }] : []),
    ...(missingKinds.length > 0 ? [{ type: 'kinds' as const, missing: missingKinds }] : []),
  ];
  return { kubeSystemUid, obstacles, pushing };
};

interface Change {
  readonly before: Cluster | undefined;
  readonly cluster: Cluster;
  readonly isOther: boolean;
  readonly credentials: SecretValue | undefined;
}

const store = async (
  { clusters, connectionSecrets }: RegisterClusterDeps,
  { before, cluster, isOther, credentials }: Change,
): Promise<void> => {
  const secretId = secretIdOf(cluster);
  if (isOther) await clusters.remove(cluster.name); // what is remembered of the old one would read as deletions in the new
  if (secretId !== undefined && credentials !== undefined) await connectionSecrets.put(secretId, credentials);
  await clusters.put(cluster);
  const oldSecretId = before && secretIdOf(before);
  if (oldSecretId !== undefined && oldSecretId !== secretId) await connectionSecrets.remove(oldSecretId);
};

/** Undefined: the cluster is reached by an AWS identity. */
export const secretIdOf = ({ connection }: Pick<Cluster, 'connection'>): string | undefined =>
  connection.type === 'credentials' ? connection.credentialsSecretId : undefined;

const outcome = (before: Cluster | undefined, isOther: boolean, changes: readonly ClusterChange[]) => {
  if (before === undefined) return 'new';
  if (isOther) return 'replaced';
  return changes.length > 0 ? 'updated' : 'unchanged';
};
