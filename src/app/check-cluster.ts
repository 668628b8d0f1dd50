import { servesKind } from '../domain/cluster.ts';
import { isClusterScoped, KINDS, type Kind } from '../domain/object-ref.ts';
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
}

const RESOURCES: Readonly<Record<Kind, string>> = {
  ExternalSecret: 'externalsecrets',
  SecretStore: 'secretstores',
  ClusterSecretStore: 'clustersecretstores',
  ClusterExternalSecret: 'clusterexternalsecrets',
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
  const missingAccess = await findMissingAccess(client, namespaces, signal);
  const lacks = (verb: string, resource: string): boolean =>
    missingAccess.some((need) => need.verb === verb && need.resource === resource && need.subresource === undefined);
  const needed = KINDS.filter((kind) => servesKind({ namespaces }, kind));
  const visible = needed.filter((kind) => !lacks('list', RESOURCES[kind])); // of others nobody would tell
  const missingKinds = await findMissingKinds(client, { kinds: visible, namespace: namespaces[0] }, signal);
  if (lacks('get', 'namespaces')) return { missingAccess, missingKinds };
  return { kubeSystemUid: await client.kubeSystemUid(signal), missingAccess, missingKinds };
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

const toQuestion = ({ why: _, ...question }: RequiredAccess): AccessQuestion => question;

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
