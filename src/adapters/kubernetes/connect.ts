import { isDeepStrictEqual } from 'node:util';
import type { ClusterClient, ClusterClients } from '../../app/ports/cluster-client.ts';
import type { Clock } from '../../app/ports/runtime.ts';
import type { ClusterRegistry } from '../../app/ports/tables.ts';
import type { ClusterConnection } from '../../domain/cluster.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import { ClusterUnreachableError } from '../../domain/sync-error.ts';
import { createBreaker } from './breaker.ts';
import { createClusterClient } from './cluster-client.ts';
import type { ApiPlace } from './describe-eks.ts';
import type { EksToken } from './eks-token.ts';
import { followPlace } from './follow-place.ts';
import { createEksProofs, createSecretProofs } from './proof-sources.ts';
import { createRequester, type ProofSource, type Requester } from './request.ts';

export type EksConnection = Extract<ClusterConnection, { readonly type: 'eks' }>;

export interface ClusterClientsDeps {
  readonly registry: Pick<ClusterRegistry, 'get'>;
  /** The newest value of a connection secret; see `ConnectionSecret` for what it holds. */
  readonly readConnectionSecret: (secretId: string) => Promise<SecretValue>;
  /** Signs with the connection's role, or the hub's own. */
  readonly eksTokenFor: (connection: EksConnection) => EksToken;
  /**
   * Asks EKS, with the same credentials, where the cluster is now. Absent: it stays where it was registered.
   * @throws ClusterUnreachableError
   */
  readonly describeEks?: (connection: EksConnection) => Promise<ApiPlace>;
  readonly clock: Pick<Clock, 'now'>;
  /** For one call to a cluster. @default 5000 */
  readonly deadlineMilliseconds?: number;
  /** Calls to one cluster at a time. @default 16 */
  readonly maxConnections?: number;
  /** How long a registration is believed. @default 60000 */
  readonly registrationMilliseconds?: number;
}

interface Kept {
  readonly connection: ClusterConnection;
  readonly client: ClusterClient;
  /** Epoch milliseconds */
  readonly checkedAt: number;
}

/**
 * Opens a client per cluster and keeps it, with its connections, token and breaker, for the container's life. A changed
 * registration gets a new client; who still holds the old one may finish with it.
 *
 * @throws ClusterUnreachableError - not registered (any more)
 */
export const createClusterClients = (deps: ClusterClientsDeps): ClusterClients => {
  const { registry, clock, registrationMilliseconds = 60_000 } = deps;
  const kept = new Map<string, Kept>();

  return async (name, signal) => {
    const known = kept.get(name);
    if (known !== undefined && clock.now() - known.checkedAt < registrationMilliseconds) return known.client;
    const cluster = await registry.get(name, signal);
    if (cluster === undefined) {
      kept.delete(name);
      throw new ClusterUnreachableError(`cluster ${name} is not registered`);
    }
    const { connection } = cluster;
    const current = kept.get(name); // another call may have been quicker
    const isSame = current !== undefined && isDeepStrictEqual(current.connection, connection);
    const client = isSame ? current.client : connect(name, connection, deps);
    kept.set(name, { connection, client, checkedAt: clock.now() });
    return client;
  };
};

const connect = (name: string, connection: ClusterConnection, deps: ClusterClientsDeps): ClusterClient => {
  const { clock, describeEks } = deps;
  const proofs = proofsFor(connection, deps);
  if (connection.type === 'credentials' || describeEks === undefined)
    return createClusterClient({ requester: openRequester(connection, proofs, deps), clock });
  const { server, certificateAuthority, proxy } = connection;
  const way = proxy === undefined ? {} : { proxy };
  const requester = followPlace({
    place: { server, certificateAuthority },
    open: (place) => openRequester({ ...place, ...way }, proofs, deps),
    find: () => describeEks(connection),
    prove: (moved) => proveRegistered(name, createClusterClient({ requester: moved, clock }), deps),
    clock,
  });
  return createClusterClient({ requester, clock });
};

/** EKS knows clusters by their names, and a name may be another cluster's by now, or that of another account. */
const proveRegistered = async (
  name: string,
  client: ClusterClient,
  { registry }: ClusterClientsDeps,
): Promise<void> => {
  const [uid, cluster] = await Promise.all([client.kubeSystemUid(), registry.get(name)]);
  if (uid !== cluster?.kubeSystemUid)
    throw new ClusterUnreachableError(`EKS has another cluster of this name than the one registered as ${name}`);
};

const openRequester = (
  { server, certificateAuthority, proxy }: Pick<ClusterConnection, 'server' | 'certificateAuthority' | 'proxy'>,
  proofs: ProofSource,
  { clock, deadlineMilliseconds, maxConnections }: ClusterClientsDeps,
): Requester =>
  createRequester({
    api: {
      server,
      ...(certificateAuthority !== undefined && { certificateAuthority }),
      ...(proxy !== undefined && { proxy }),
      ...(maxConnections !== undefined && { maxConnections }),
    },
    proofs,
    breaker: createBreaker({ now: () => clock.now() }),
    ...(deadlineMilliseconds !== undefined && { deadlineMilliseconds }),
  });

const proofsFor = (
  connection: ClusterConnection,
  { eksTokenFor, readConnectionSecret, clock }: ClusterClientsDeps,
): ProofSource =>
  connection.type === 'eks'
    ? createEksProofs(eksTokenFor(connection))
    : createSecretProofs({ secretId: connection.credentialsSecretId, read: readConnectionSecret, clock });
