import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { createCallAws } from '../../src/adapters/aws/call-aws.ts';
import { createReadConnectionSecret } from '../../src/adapters/aws/connection-secrets.ts';
import { createSecurityTokenService } from '../../src/adapters/aws/security-token-service.ts';
import { createSessions, signerOfRole } from '../../src/adapters/aws/sessions.ts';
import { createBreaker } from '../../src/adapters/kubernetes/breaker.ts';
import { createClusterClient } from '../../src/adapters/kubernetes/cluster-client.ts';
import { createClusterInspector } from '../../src/adapters/kubernetes/cluster-inspector.ts';
import type { EksConnection } from '../../src/adapters/kubernetes/connect.ts';
import { createEksToken, type EksTokenOptions } from '../../src/adapters/kubernetes/eks-token.ts';
import { createEksProofs, createSecretProofs } from '../../src/adapters/kubernetes/proof-sources.ts';
import { createRequester, type ProofSource, type Requester } from '../../src/adapters/kubernetes/request.ts';
import type { OpenCluster } from '../../src/app/ports/doctor.ts';
import type { Clock } from '../../src/app/ports/runtime.ts';
import type { Cluster, ClusterConnection } from '../../src/domain/cluster.ts';
import type { Settings } from '../settings.ts';

const DEADLINE_MILLISECONDS = 15_000;
const PROOF_MILLISECONDS = 10_000;

export interface OpenClusterDeps {
  readonly settings: Settings;
  readonly secretsManager: SecretsManagerClient;
  readonly clock: Clock;
  /** Ends with the command. */
  readonly opened: Requester[];
}

/** Opens registered clusters as the service does, with its token or role, or as whoever looks where its own roles sign. */
export const createOpenCluster = (deps: OpenClusterDeps): OpenCluster => {
  const { settings, secretsManager, clock } = deps;
  const read = createReadConnectionSecret(secretsManager);
  const proofsFor = (connection: ClusterConnection): ProofSource =>
    connection.type === 'eks'
      ? createEksProofs(createEksToken(tokenOptions(connection, settings, clock)))
      : createSecretProofs({ secretId: connection.credentialsSecretId, read, clock });
  return async ({ connection }) => {
    const proofs = proofsFor(connection);
    await proofs.get(AbortSignal.timeout(PROOF_MILLISECONDS)); // fails here, before anything is sent
    const requester = speakTo(connection, proofs, deps);
    return {
      client: createClusterClient({ requester, clock }),
      inspector: createClusterInspector(requester),
      as: signerOf(connection),
      isStandIn: connection.type === 'eks' && connection.roleArn === undefined,
    };
  };
};

const signerOf = (connection: ClusterConnection): string => {
  if (connection.type === 'credentials') return `the credentials in ${connection.credentialsSecretId}`;
  return connection.roleArn ?? 'you';
};

/** A requester that ends with the command. */
export const speakTo = (
  { server, certificateAuthority }: Pick<Cluster['connection'], 'server' | 'certificateAuthority'>,
  proofs: ProofSource,
  { opened, clock }: Pick<OpenClusterDeps, 'opened' | 'clock'>,
): Requester => {
  const requester = createRequester({
    api: { server, ...(certificateAuthority !== undefined && { certificateAuthority }) },
    proofs,
    breaker: createBreaker({ now: () => clock.now() }),
    deadlineMilliseconds: DEADLINE_MILLISECONDS,
  });
  opened.push(requester);
  return requester;
};

/** @param connection - its role's session signs; whoever looks, where it has none */
export const tokenOptions = (
  connection: Omit<EksConnection, 'server' | 'certificateAuthority'>,
  { endpoint, credentials }: Settings,
  clock: Clock,
): EksTokenOptions => {
  const { eksName: clusterName, region, roleArn } = connection;
  const own = credentials ?? fromNodeProviderChain();
  if (roleArn === undefined) return { credentials: own, region, clusterName, clock };
  const call = createCallAws({ deadlineMilliseconds: PROOF_MILLISECONDS, maxAttempts: 3 });
  const sts = createSecurityTokenService({ endpoint, hubCredentials: own, call });
  const sessions = createSessions(sts, clock.now);
  return { credentials: signerOfRole(sessions, { roleArn, region }), region, clusterName, clock };
};
