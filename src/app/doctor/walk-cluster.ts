import type { Cluster } from '../../domain/cluster.ts';
import { explainMissingAccess, explainMissingKinds, withoutAccess, withoutKinds } from '../../domain/doctor/access.ts';
import {
  explainMissingEntries,
  explainNetwork,
  explainOtherCluster,
  explainRefusal,
  explainTls,
  explainToken,
} from '../../domain/doctor/connection.ts';
import type { ClusterHop } from '../../domain/doctor/hop.ts';
import { GROUP } from '../../domain/grant-access.ts';
import { ClusterForbiddenError } from '../../domain/sync-error.ts';
import { type ClusterFindings, checkCluster } from '../check-cluster.ts';
import type { ClusterClient } from '../ports/cluster-client.ts';
import type { HubProbe, OpenCluster, OpenedCluster, ReachServer } from '../ports/doctor.ts';
import { asAnswered, type Found, type Walk } from './walk.ts';

export interface ClusterWalkDeps {
  readonly reach: ReachServer;
  readonly open: OpenCluster;
  readonly hub: Pick<HubProbe, 'accessEntry'>;
}

export interface ClusterWalk {
  readonly cluster: Cluster;
  /** ARNs of the roles of the functions that speak to clusters. */
  readonly serviceRoles: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A cluster that can be worked in: what the hops of its objects begin with. */
export interface WalkedCluster {
  readonly opened: OpenedCluster;
  /** Who speaks to it, for people. */
  readonly as: string;
}

/** Where a walk ended, and who was let in before that. */
export type ClusterEnd =
  | { readonly endedAt?: undefined; readonly signedIn: WalkedCluster }
  | { readonly endedAt: ClusterHop; readonly signedIn?: WalkedCluster };

/** From the way to the API server up to what may be done there. */
export const walkCluster = async (walk: Walk, deps: ClusterWalkDeps, job: ClusterWalk): Promise<ClusterEnd> => {
  const isReached = await reachServer(walk, deps, job);
  const opened = await findToken(walk, deps, job);
  if (!isReached || opened === undefined) {
    const endedAt = isReached ? 'token' : 'tls';
    walk.skip(['access-entry', ...WORK], endedAt);
    return { endedAt };
  }
  const user = await signIn(walk, { ...deps, opened }, job);
  if (user === undefined) {
    walk.skip(WORK, 'access-entry');
    return { endedAt: 'access-entry' };
  }
  const signedIn = { opened, as: user.name };
  const endedAt = await checkWork(walk, { opened, user }, job);
  return endedAt === undefined ? { signedIn } : { endedAt, signedIn };
};

const WORK: readonly ClusterHop[] = ['rbac', 'same-cluster', 'definitions'];

const reachServer = async (walk: Walk, { reach }: ClusterWalkDeps, job: ClusterWalk): Promise<boolean> => {
  const { connection } = job.cluster;
  const { server } = connection;
  const as = 'nobody yet';
  const found = await walk.attempt({
    hop: 'network',
    attempted: `a connection to ${server}`,
    as,
    run: async () => {
      const reached = await reach(connection, job.signal);
      return reached.stoppedAt === 'network'
        ? { trouble: explainNetwork(reached.code, job.cluster) }
        : { found: reached, said: server };
    },
    explain: asAnswered,
  });
  if (found === undefined) {
    walk.skip(['tls'], 'network');
    return false;
  }
  const isTrusted = await walk.attempt({
    hop: 'tls',
    attempted: `a TLS handshake with ${server}, trusting the registered certificate authority`,
    as,
    run: async () =>
      found.stoppedAt === 'tls'
        ? { trouble: explainTls(found.code, job.cluster) }
        : { found: true, said: 'its certificate is of the registered authority' },
    explain: asAnswered,
  });
  return isTrusted === true;
};

const findToken = (walk: Walk, { open }: ClusterWalkDeps, { cluster, signal }: ClusterWalk) => {
  const { connection } = cluster;
  return walk.attempt({
    hop: 'token',
    attempted:
      connection.type === 'eks'
        ? `signing a token for EKS cluster ${connection.eksName} in ${connection.region} as ${connection.roleArn ?? 'you'}`
        : `secretsmanager:GetSecretValue on ${connection.credentialsSecretId}`,
    as: 'you',
    run: async () => {
      const opened = await open(cluster, signal);
      return { found: opened, said: `signs in as ${opened.as}` };
    },
    explain: ({ message }) => explainToken(message, cluster),
  });
};

interface User {
  /** Kubernetes user, or who signs where nobody tells. */
  readonly name: string;
  readonly groups: readonly string[];
}

type SignIn = ClusterWalkDeps & { readonly opened: OpenedCluster };

const signIn = (walk: Walk, deps: SignIn, job: ClusterWalk): Promise<User | undefined> => {
  const { cluster, serviceRoles } = job;
  const { connection } = cluster;
  const principals = connection.type === 'eks' ? signersOf(connection.roleArn, serviceRoles) : [];
  return walk.attempt({
    hop: 'access-entry',
    attempted:
      connection.type === 'eks'
        ? 'eks:DescribeAccessEntry, and asking the API server who we are (SelfSubjectReview)'
        : 'asking the API server who we are (SelfSubjectReview)',
    as: deps.opened.as,
    run: () => lookAtEntry(deps, job, principals),
    explain: ({ message }) => explainRefusal(message, cluster, principals),
  });
};

const signersOf = (roleArn: string | undefined, serviceRoles: readonly string[]): readonly string[] =>
  roleArn === undefined ? serviceRoles : [roleArn];

const lookAtEntry = async (
  { hub, opened }: SignIn,
  { cluster: { connection }, signal }: ClusterWalk,
  principals: readonly string[],
): Promise<Found<User>> => {
  const entries = await Promise.all(
    connection.type === 'eks' ? principals.map((principal) => hub.accessEntry(connection, principal)) : [],
  );
  const missing = principals.filter((_, index) => entries[index] === undefined);
  if (connection.type === 'eks' && missing.length > 0) return { trouble: explainMissingEntries(connection, missing) };
  try {
    const { username, groups } = await opened.inspector.whoAmI(signal);
    const name = username === '' ? opened.as : username;
    return { found: { name, groups }, said: `is let in as ${name}` };
  } catch (error) {
    const isServiceKnown = principals.length > 0 && entries.every((entry) => entry !== 'denied');
    if (!(error instanceof ClusterForbiddenError && opened.isStandIn && isServiceKnown)) throw error;
    return { untried: 'the service has access entries, and you have none: give yourself one to try the rest' };
  }
};

interface Work {
  readonly opened: OpenedCluster;
  readonly user: User;
}

/** Whether the service could work there. @returns the hop that says no */
const checkWork = async (walk: Walk, work: Work, job: ClusterWalk): Promise<ClusterHop | undefined> => {
  const { cluster } = job;
  const as = work.opened.isStandIn ? `you, for the group ${GROUP}` : work.user.name;
  const findings = await walk.attempt({
    hop: 'rbac',
    attempted: 'an access review of each verb the service needs',
    as,
    run: () => reviewAccess(work, job),
    explain: asAnswered,
  });
  if (findings === undefined) {
    walk.skip(['same-cluster', 'definitions'], 'rbac');
    return 'rbac';
  }
  const { kubeSystemUid, missingKinds, pushing } = findings;
  const isSame = await walk.attempt({
    hop: 'same-cluster',
    attempted: 'get namespace kube-system',
    as,
    run: async () =>
      kubeSystemUid === undefined || kubeSystemUid === cluster.kubeSystemUid
        ? { found: true, said: 'it is the cluster that was registered' }
        : { trouble: explainOtherCluster(cluster.kubeSystemUid, kubeSystemUid, cluster) },
    explain: asAnswered,
  });
  const isServed = await walk.attempt({
    hop: 'definitions',
    attempted: 'a list of each kind of external-secrets.io/v1',
    as,
    run: async () =>
      missingKinds.length === 0
        ? { found: true, said: ['the External Secrets API is served as v1', ...withoutKinds(pushing)].join('; ') }
        : { trouble: explainMissingKinds(missingKinds) },
    explain: asAnswered,
  });
  if (isSame === undefined) return 'same-cluster';
  return isServed === undefined ? 'definitions' : undefined;
};

const reviewAccess = async ({ opened, user }: Work, job: ClusterWalk): Promise<Found<ClusterFindings>> => {
  const { namespaces } = job.cluster;
  const findings = await checkCluster(clientAsService(opened), namespaces, job.signal);
  if (findings.missingAccess.length === 0)
    return { found: findings, said: ['every verb is allowed', ...withoutAccess(findings.pushing)].join(', ') };
  const isInGroup = opened.isStandIn || user.groups.includes(GROUP) || job.cluster.connection.type === 'eks';
  return { trouble: explainMissingAccess(findings.missingAccess, job.cluster, isInGroup ? undefined : user.name) };
};

/** What the service may is asked for its group, where somebody else stands in for it. */
const clientAsService = ({ client, inspector, isStandIn }: OpenedCluster): ClusterClient =>
  isStandIn ? { ...client, mayI: (question, signal) => inspector.mayGroup(GROUP, question, signal) } : client;
