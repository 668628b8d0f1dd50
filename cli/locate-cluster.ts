import type { ClusterConnection } from '../src/domain/cluster.ts';
import type { ConnectionSecret } from '../src/domain/connection-secret.ts';
import { credentialFacts } from './credential-facts.ts';
import type { Edge, Services } from './edge.ts';
import type { KubeconfigAccess } from './kubeconfig.ts';
import type { Settings } from './settings.ts';

/** Where the cluster is, and as whom the service gets in. */
export interface Place {
  readonly connection: ClusterConnection;
  readonly credentials?: ConnectionSecret;
  /** For the person; the registration goes on. */
  readonly notes: readonly string[];
}

/** As typed: either `eks`, or the others. */
export interface PlaceOptions {
  readonly eks?: string;
  readonly eksRegion?: string;
  readonly roleArn?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly proxy?: string;
  readonly skipChecks?: boolean;
}

interface World {
  readonly env: Edge['env'];
  readonly settings: Settings;
  readonly describeEksCluster: Services['describeEksCluster'];
}

/** @throws CliError - there is no such cluster, or the service could not get in */
export const locateCluster = async (name: string, options: PlaceOptions, world: World): Promise<Place> =>
  options.eks === undefined ? locateByKubeconfig(name, options, world) : locateEks(options.eks, options, world);

const locateByKubeconfig = async (
  name: string,
  { kubeconfig: file, context, proxy: typed }: PlaceOptions,
  { env, settings }: World,
): Promise<Place> => {
  const { readKubeconfig } = await import('./kubeconfig.ts'); // the Kubernetes library is large
  const choice = { ...(file !== undefined && { file }), ...(context !== undefined && { context }) };
  const access = readKubeconfig(choice, env);
  const { server, certificateAuthority, credentials } = access;
  const connection = {
    type: 'credentials' as const,
    server,
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    credentialsSecretId: settings.connectionSecretPrefix + name,
    ...wayOf(typed ?? access.proxy),
  };
  return { connection, credentials, notes: kubeconfigNotes(access, settings) };
};

const wayOf = (proxy: string | undefined) => (proxy === undefined ? {} : { proxy });

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const kubeconfigNotes = ({ server, credentials }: KubeconfigAccess, { endpoint }: Settings): readonly string[] => {
  const { expiresAt } = credentialFacts(credentials);
  const kind = 'token' in credentials ? 'token' : 'client certificate';
  return [
    ...(expiresAt === undefined
      ? []
      : [`the ${kind} expires at ${new Date(expiresAt).toISOString()}: add the cluster again with a new one before`]),
    ...(endpoint === undefined && LOOPBACK.test(new URL(server).hostname)
      ? [`${server} is on this machine: functions in AWS cannot reach it`]
      : []),
  ];
};

const PRIVATE_NOTE = 'the API server has a private endpoint only: the functions must run in a network that reaches it';
const CHECKED_AS_YOU_NOTE =
  "access is checked as you, because the service's own roles cannot be assumed from here: they need access entries with the group secretcast";

const locateEks = async (
  eksName: string,
  { eksRegion, roleArn, proxy, skipChecks }: PlaceOptions,
  { describeEksCluster }: World,
): Promise<Place> => {
  const where = { name: eksName, ...(eksRegion === undefined ? {} : { region: eksRegion }) };
  const { region, server, certificateAuthority, isPublic } = await describeEksCluster(where);
  const role = roleArn === undefined ? {} : { roleArn };
  const isCheckedAsYou = roleArn === undefined && skipChecks !== true;
  return {
    connection: { type: 'eks', eksName, region, server, certificateAuthority, ...role, ...wayOf(proxy) },
    notes: [
      ...(isPublic || proxy !== undefined ? [] : [PRIVATE_NOTE]),
      ...(isCheckedAsYou ? [CHECKED_AS_YOU_NOTE] : []),
    ],
  };
};
