import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { createCallAws } from '../adapters/aws/call-aws.ts';
import { createReadConnectionSecret } from '../adapters/aws/connection-secrets.ts';
import { createSecurityTokenService } from '../adapters/aws/security-token-service.ts';
import { createSessions, signerOfRole } from '../adapters/aws/sessions.ts';
import { createClusterClients, type EksConnection } from '../adapters/kubernetes/connect.ts';
import { describeEks } from '../adapters/kubernetes/describe-eks.ts';
import { createEksToken } from '../adapters/kubernetes/eks-token.ts';
import type { ClusterClients } from '../app/ports/cluster-client.ts';
import type { Config } from '../config.ts';
import type { Runtime } from './runtime.ts';

const STS_DEADLINE_MILLISECONDS = 5_000;

/** Clients of the registered clusters, opened with the hub's own role or the role a registration names. */
export const composeClusterClients = (config: Config, { registry, clock }: Runtime): ClusterClients => {
  const { region, endpoints, clusterDeadlineMilliseconds } = config;
  const call = createCallAws({ deadlineMilliseconds: STS_DEADLINE_MILLISECONDS, maxAttempts: 3 });
  const sessions = createSessions(createSecurityTokenService({ endpoint: endpoints.sts, call }), clock.now);
  const hubCredentials = fromNodeProviderChain();

  const signerOf = ({ roleArn, region: clusterRegion }: EksConnection) =>
    roleArn === undefined ? hubCredentials : signerOfRole(sessions, { roleArn, region: clusterRegion });

  return createClusterClients({
    registry,
    clock,
    deadlineMilliseconds: clusterDeadlineMilliseconds,
    readConnectionSecret: createReadConnectionSecret(new SecretsManagerClient({ region })),
    eksTokenFor: (connection) =>
      createEksToken({
        credentials: signerOf(connection),
        region: connection.region,
        clusterName: connection.eksName,
        clock, // and no endpoint but AWS's own: EKS refuses tokens that were signed for another
      }),
    describeEks: (connection) =>
      describeEks({
        credentials: signerOf(connection),
        region: connection.region,
        clusterName: connection.eksName,
        clock,
      }),
  });
};
