import { type Cluster, servesKind } from '../../domain/cluster.ts';
import type { WatchedKind } from '../../domain/object-ref.ts';
import type { FeedPosition, FeedPositions } from '../ports/tables.ts';

/** One kind, in one namespace or (empty) in all. */
export interface Followed {
  readonly kind: WatchedKind;
  readonly namespace: string;
}

interface Course {
  /** Namespaces and stores: what reads through them shall find them. */
  readonly first: readonly Followed[];
  readonly next: readonly Followed[];
}

/** What is watched of a cluster; kinds without a namespace always as a whole. */
export const courseOf = ({ namespaces }: Cluster): Course => {
  const everywhere = namespaces.length === 0 ? [''] : [...new Set(namespaces)];
  const inNamespaces = (kind: WatchedKind) => everywhere.map((namespace) => ({ kind, namespace }));
  return {
    first: [
      { kind: 'Namespace', namespace: '' },
      { kind: 'ClusterSecretStore', namespace: '' },
      ...inNamespaces('SecretStore'),
    ],
    next: [
      ...inNamespaces('ExternalSecret'),
      ...(servesKind({ namespaces }, 'ClusterExternalSecret')
        ? [{ kind: 'ClusterExternalSecret', namespace: '' } as const]
        : []),
      ...inNamespaces('PushSecret'),
      ...(servesKind({ namespaces }, 'ClusterPushSecret')
        ? [{ kind: 'ClusterPushSecret', namespace: '' } as const]
        : []),
      ...inNamespaces('Secret'),
    ],
  };
};

type Positions = Awaited<ReturnType<FeedPositions['list']>>;

export const positionOf = (positions: Positions, { kind, namespace }: Followed): FeedPosition | undefined =>
  positions.find((position) => position.kind === kind && position.namespace === namespace);
