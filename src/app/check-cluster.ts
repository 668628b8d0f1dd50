import { servesKind } from '../domain/cluster.ts';
import { isClusterScoped, isPushing, KINDS, type Kind } from '../domain/object-ref.ts';
import { type RequiredAccess, requiredAccess } from '../domain/required-access.ts';
import { ClusterRejectedError } from '../domain/sync-error.ts';
import type { AccessQuestion, ClusterClient } from './ports/cluster-client.ts';

/** What stands between a cluster and its registration. */
export interface ClusterFindings {
  /** Absent: the service may not read it, which `missingAccess` says too. */
  readonly kubeSystemUid?: string;
  readonly missingAccess: readonly RequiredAccess[];
  /** Kinds the API server does not know: their CustomResourceDefinitions are missing. */
  readonly missingKinds: readonly Kind[];
  readonly pushing: PushingFindings;
}

/** What PushSecrets and ClusterPushSecrets lack, which a cluster may go without. */
export interface PushingFindings {
  readonly missingAccess: readonly RequiredAccess[];
  readonly missingKinds: readonly Kind[];
}

const RESOURCES: Readonly<Record<Kind, string>> = {
  ExternalSecret: 'externalsecrets',
  SecretStore: 'secretstores',
  ClusterSecretStore: 'clustersecretstores',
  ClusterExternalSecret: 'clusterexternalsecrets',
  PushSecret: 'pushsecrets',
  ClusterPushSecret: 'clusterpushsecrets',
};

/** Access reviews in flight: fewer than a client has connections. */
const REVIEWS_AT_A_TIME = 8;

/**
 * Asks a cluster whether the service could work in it, one access review for each verb.
 * @param namespaces - where the service is to act; empty: everywhere
 * @throws ClusterUnreachableError, ClusterForbiddenError - nothing could be found out
 */
export const checkCluster = async (
  client: ClusterClient,
  namespaces: readonly string[],
  signal?: AbortSignal,
): Promise<ClusterFindings> => {
  const allMissingAccess = await findMissingAccess(client, namespaces, signal);
  const lacks = (verb: string, resource: string): boolean =>
    allMissingAccess.some((need) => need.verb === verb && need.resource === resource && need.subresource === undefined);
  const needed = KINDS.filter((kind) => servesKind({ namespaces }, kind));
  const visible = needed.filter((kind) => !lacks('list', RESOURCES[kind])); // of others nobody would tell
  const allMissingKinds = await findMissingKinds(client, { kinds: visible, namespace: namespaces[0] }, signal);
  const missing = {
    missingAccess: allMissingAccess.filter(({ optional }) => optional !== true),
    missingKinds: allMissingKinds.filter((kind) => !isPushing(kind)),
    pushing: {
      missingAccess: allMissingAccess.filter(({ optional }) => optional === true),
      missingKinds: allMissingKinds.filter(isPushing),
    },
  };
  return lacks('get', 'namespaces') ? missing : { kubeSystemUid: await client.kubeSystemUid(signal), ...missing };
};

const findMissingAccess = async (
  client: ClusterClient,
  namespaces: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly RequiredAccess[]> => {
  const needs = requiredAccess({ group: '', namespaces, serviceAccounts: [] });
  const missing: RequiredAccess[] = [];
  for (let start = 0; start < needs.length; start += REVIEWS_AT_A_TIME) {
    const some = needs.slice(start, start + REVIEWS_AT_A_TIME);
    const allowed = await Promise.all(some.map((need) => client.mayI(toQuestion(need), signal)));
    missing.push(...some.filter((_, index) => allowed[index] === false));
  }
  return missing;
};

const toQuestion = ({ why: _, optional: __, ...question }: RequiredAccess): AccessQuestion => question;

const findMissingKinds = async (
  client: ClusterClient,
  { kinds, namespace }: { readonly kinds: readonly Kind[]; readonly namespace: string | undefined },
  signal: AbortSignal | undefined,
): Promise<readonly Kind[]> => {
  const served = await Promise.all(
    kinds.map(async (kind) => {
      const place = namespace === undefined || isClusterScoped(kind) ? {} : { namespace };
      try {
        await client.listObjects(kind, { ...place, limit: 1 }, signal);
        return true;
      } catch (error) {
        if (error instanceof ClusterRejectedError) return false;
        throw error;
      }
    }),
  );
  return kinds.filter((_, index) => served[index] === false);
};
