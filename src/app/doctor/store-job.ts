import type { Cluster } from '../../domain/cluster.ts';
import type { ServedRef } from '../../domain/object-ref.ts';
import type { IdentityGuard } from '../identity-guard.ts';
import type { SecretReaders } from '../ports/secret-reader.ts';
import type { States } from '../ports/tables.ts';
import type { WalkedCluster } from './walk-cluster.ts';

export interface StoreWalkDeps {
  /** Under the identity of whoever looks, in place of the hub's. */
  readonly readers: SecretReaders;
  readonly states: Pick<States, 'get' | 'list'>;
}

export interface StoreWalk extends WalkedCluster {
  readonly cluster: Cluster;
  readonly ref: ServedRef & { readonly kind: 'SecretStore' | 'ClusterSecretStore' };
  /** Whose objects read through a ClusterSecretStore. Empty: nobody's. */
  readonly namespace: string;
  readonly key?: string | undefined;
  readonly you: string;
  /** What a sync is held to: nothing is asked of AWS here that the service would refuse. */
  readonly guard: IdentityGuard;
  /** ARN of the role that reads for the hub. */
  readonly readingRole: string;
  /** The same of the one that pushes. */
  readonly pushingRole: string;
  readonly signal?: AbortSignal | undefined;
}
