import type { Cluster } from '../../domain/cluster.ts';
import { servesKind } from '../../domain/cluster.ts';
import type { Trouble } from '../../domain/doctor/hop.ts';
import {
  type FinalizedFacts,
  isReferenceFinalizer,
  judgeFinalizers,
  judgeOperators,
  judgeVersions,
  judgeWebhooks,
} from '../../domain/doctor/remains.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { isClusterScoped, isPushing, isServed, KINDS, type WatchedKind } from '../../domain/object-ref.ts';
import { ClusterForbiddenError, ClusterRejectedError } from '../../domain/sync-error.ts';
import type { ClusterClient } from '../ports/cluster-client.ts';
import type { ClusterInspector } from '../ports/doctor.ts';
import { asAnswered, type Found, type Walk } from './walk.ts';

export interface RemainsWalk {
  readonly cluster: Cluster;
  readonly inspector: ClusterInspector;
  /** Who looks, for people. */
  readonly as: string;
  readonly signal?: AbortSignal | undefined;
}

/** What External Secrets Operator left in the cluster, or still does there. */
export const walkRemains = async (walk: Walk, { cluster, inspector, as, signal }: RemainsWalk): Promise<void> => {
  const look = <Facts>(what: string, facts: () => Promise<Facts>, judge: (found: Facts) => Found<true>) => ({
    attempted: `list ${what}`,
    as,
    run: () => unlessForbidden(what, as, async () => judge(await facts())),
    explain: asAnswered,
  });
  await walk.attempt({
    hop: 'stored-versions',
    ...look(
      'customresourcedefinitions',
      () => inspector.definitions(signal),
      (found) => orSaid(judgeVersions(found), 'no object is stored as v1alpha1'),
    ),
  });
  await walk.attempt({
    hop: 'webhooks',
    ...look(
      'validatingwebhookconfigurations, deployments',
      async () => [await inspector.webhooks(signal), await inspector.operators(signal)] as const,
      ([webhooks, operators]) => orSaid(judgeWebhooks(webhooks, operators), 'none fails closed with nobody behind it'),
    ),
  });
  await walk.attempt({
    hop: 'operator',
    ...look(
      'deployments',
      () => inspector.operators(signal),
      (found) => orSaid(judgeOperators(found, cluster), 'no operator works against the service'),
    ),
  });
};

const orSaid = (trouble: Trouble | undefined, said: string): Found<true> =>
  trouble === undefined ? { found: true, said } : { trouble };

/** The service has no leave to look at these, and needs none. */
const unlessForbidden = async (what: string, as: string, look: () => Promise<Found<true>>): Promise<Found<true>> => {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ClusterForbiddenError)) throw error;
    return { untried: `${as} may not list ${what}: name an administrator of the cluster with --context` };
  }
};

const PAGE = 500;

/** @param as - the service, whose lists these are */
export const walkFinalizers = (
  walk: Walk,
  { cluster, client, as, signal }: Omit<RemainsWalk, 'inspector'> & { readonly client: ClusterClient },
): Promise<true | undefined> =>
  walk.attempt({
    hop: 'finalizers',
    attempted: 'a list of each kind, and of namespaces',
    as,
    run: async () => {
      const found: FinalizedFacts[] = [];
      for (const kind of [...KINDS.filter((one) => servesKind(cluster, one)), 'Namespace' as const])
        found.push(...(await finalizedOf(client, { kind, cluster, signal })));
      return orSaid(judgeFinalizers(found), 'nothing waits for an operator that is gone');
    },
    explain: asAnswered,
  });

/** A cluster may go without the kinds that push. */
const finalizedOf = async (client: ClusterClient, listing: Listing): Promise<readonly FinalizedFacts[]> => {
  const found: FinalizedFacts[] = [];
  try {
    for await (const object of listAll(client, listing))
      if (object.finalizers.some(isReferenceFinalizer)) found.push(toFinalized(object));
  } catch (error) {
    const isAbsent = error instanceof ClusterRejectedError || error instanceof ClusterForbiddenError;
    if (!isAbsent || !isPushing(listing.kind)) throw error;
  }
  return found;
};

interface Listing {
  readonly kind: WatchedKind;
  readonly cluster: Cluster;
  readonly signal: AbortSignal | undefined;
}

/** Every object of a kind, where the service acts. */
export const listAll = async function* (
  client: ClusterClient,
  { kind, cluster, signal }: Listing,
): AsyncGenerator<MirroredObject> {
  const isEverywhere = kind === 'Namespace' || (kind !== 'Secret' && isClusterScoped(kind));
  const places =
    isEverywhere || cluster.namespaces.length === 0 ? [{}] : cluster.namespaces.map((namespace) => ({ namespace }));
  for (const place of places) {
    let continueToken: string | undefined;
    do {
      const asked = { ...place, limit: PAGE, ...(continueToken === undefined ? {} : { continueToken }) };
      const page = await client.listObjects(kind, asked, signal);
      yield* page.items;
      ({ continueToken } = page);
    } while (continueToken !== undefined);
  }
};

const toFinalized = ({ ref, finalizers, deletionTimestamp }: MirroredObject): FinalizedFacts => {
  const kind = isServed(ref) ? `${ref.kind.toLowerCase()}s.external-secrets.io` : ref.kind.toLowerCase();
  const place = ref.namespace === '' ? '' : ` -n ${ref.namespace}`;
  return {
    object: `${kind}/${ref.name}${place}`,
    kept: finalizers.filter((finalizer) => !isReferenceFinalizer(finalizer)),
    isBeingDeleted: deletionTimestamp !== undefined,
  };
};
