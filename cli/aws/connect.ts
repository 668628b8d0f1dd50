import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createClusterClients, type EksConnection } from '../../src/adapters/kubernetes/connect.ts';
import { createEksToken, type EksToken } from '../../src/adapters/kubernetes/eks-token.ts';
import type { Clock } from '../../src/app/ports/runtime.ts';
import type { RegisterClusterDeps } from '../../src/app/register-cluster.ts';
import { CliError } from '../cli-error.ts';
import { explainError } from '../explain-error.ts';
import type { Settings } from '../settings.ts';
import { awsSettings } from './aws-settings.ts';

const DEADLINE_MILLISECONDS = 15_000;
const SESSION_NAME = 'secretcast';

type EksCredentials = Parameters<typeof createEksToken>[0]['credentials'];

/** Opens a cluster that is not registered yet, with the very client the service uses. */
export const createConnect =
  (settings: Settings, clock: Clock): RegisterClusterDeps['connect'] =>
  async (proposed, credentials) => {
    const { connection } = proposed;
    const eksToken = connection.type === 'eks' ? await signedBy(connection, settings, clock) : undefined;
    const open = createClusterClients({
      registry: { get: async () => ({ ...proposed, kubeSystemUid: '' }) },
      readConnectionSecret: async (secretId) => {
        if (credentials === undefined) throw new CliError(`no credentials for ${secretId}`);
        return credentials;
      },
      eksTokenFor: () => {
        if (eksToken === undefined) throw new CliError(`cluster ${proposed.name} is not an EKS cluster`);
        return eksToken;
      },
      clock,
      deadlineMilliseconds: DEADLINE_MILLISECONDS,
    });
    return open(proposed.name);
  };

const signedBy = async (connection: EksConnection, settings: Settings, clock: Clock): Promise<EksToken> => {
  const { region, eksName: clusterName, roleArn } = connection;
  const credentials = await signWith(roleArn, { ...settings, region });
  return createEksToken({ credentials, region, clusterName, clock });
};

/** The role's session, or whoever runs the command. */
const signWith = async (roleArn: string | undefined, settings: Settings): Promise<EksCredentials> => {
  const client = new STSClient(awsSettings(settings));
  if (roleArn === undefined) return client.config.credentials;
  try {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
  } catch (error) {
    throw new CliError(
      `the cluster cannot be checked as ${roleArn}: ${explainError(error).what}`,
      'Let your own identity assume the role for the check, or register without one:',
      "--skip-checks --kube-system-uid $(kubectl get namespace kube-system -o jsonpath='{.metadata.uid}')",
    );
  } finally {
    client.destroy();
  }
};
