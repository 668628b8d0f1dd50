import { type Command, Option } from 'commander';
import type { ProposedCluster, RegisterRequest } from '../../src/app/register-cluster.ts';
import type { ClusterMode, IdentityLimits } from '../../src/domain/cluster.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import { ClusterForbiddenError, ClusterUnreachableError } from '../../src/domain/sync-error.ts';
import { CliError, SaidError, UsageError } from '../cli-error.ts';
import type { Edge, Services } from '../edge.ts';
import { locateCluster, type Place, type PlaceOptions } from '../locate-cluster.ts';
import {
  parseClusterName,
  parseInterval,
  parseKeyPrefix,
  parseLabel,
  parseProxy,
  parseRoleArn,
  parseRolePattern,
} from '../parse-arguments.ts';
import { describeObstacles, describeRegistration, toRegisterJson } from '../register-texts.ts';
import { isJson, toJson, withServices } from '../with-services.ts';

const EXAMPLES = `
The cluster is looked at as the service will see it: it must be reachable, serve the External Secrets API (\`secretcast crds\`)
and allow what the service needs (\`secretcast rbac\`). What is missing is printed, and nothing is registered then.
Adding a name again replaces its registration by what is given now, and prints what changed.

Examples:
  $ secretcast cluster add blue --eks blue --default-role arn:aws:iam::111122223333:role/secretcast-dev-reader
  $ secretcast cluster add blue --eks blue --push-role arn:aws:iam::111122223333:role/secretcast-dev-writer
  $ secretcast cluster add eu --eks prod --eks-region eu-central-1 --role-arn arn:aws:iam::444455556666:role/secretcast
  $ secretcast cluster add lab --kubeconfig lab.yaml --context lab --namespace orders billing --label env=lab team=payments
  $ secretcast cluster add pay --eks pay --default-role arn:aws:iam::111122223333:role/read --allow-service secretsmanager --allow-key pay/
  $ secretcast cluster add blue --eks blue --allow-role 'arn:aws:iam::*:role/read-*' --mode observe`;

interface AddOptions extends PlaceOptions {
  readonly defaultRole?: string;
  readonly pushRole?: string;
  readonly allowRole: readonly string[];
  readonly allowService: readonly string[];
  readonly allowKey: readonly string[];
  readonly sessionTags: boolean;
  readonly namespace: readonly string[];
  readonly mode: ClusterMode;
  readonly label: Readonly<Record<string, string>>;
  readonly controllerClass: string;
  readonly minRefreshInterval?: string;
  readonly replace?: boolean;
  readonly kubeSystemUid?: string;
}

export const addClusterAdd = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('add')
    .description('Register a cluster, or replace its registration.')
    .argument('<name>', 'name of the cluster in the fleet', parseClusterName)
    .addOption(new Option('--eks <name>', 'the EKS cluster of this name').conflicts(['kubeconfig', 'context']))
    .option('--eks-region <region>', 'Region of the EKS cluster (default: that of the service)')
    .option('--role-arn <arn>', 'role that signs in to it (default: the role of the service)', parseRoleArn)
    .option('--kubeconfig <file>', 'take token or client certificate of a kubeconfig (default: as kubectl)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option(
      '--proxy <url>',
      'proxy between the service and the API server (default: that of the kubeconfig)',
      parseProxy,
    )
    .option(
      '--default-role <arn>',
      'role that reads for stores without auth (default: those are refused)',
      parseRoleArn,
    )
    .option('--push-role <arn>', 'role that writes for PushSecrets through stores without auth', parseRoleArn)
    .addOption(
      new Option('--allow-role <pattern...>', 'roles that stores may name, * for any text without : or /')
        .argParser(parseRolePattern)
        .default([], 'none'),
    )
    .addOption(
      new Option('--allow-service <service...>', 'services that stores may read and write, and generators ask')
        .choices(['secretsmanager', 'ssm', 'acm', 'ecr', 'sts'])
        .default([], 'all'),
    )
    .addOption(
      new Option('--allow-key <prefix...>', 'what the keys that are read or written begin with')
        .argParser(parseKeyPrefix)
        .default([], 'any'),
    )
    .option('--no-session-tags', 'put no session tags on the sessions of default role and push role')
    .addOption(new Option('--namespace <name...>', 'act in these namespaces only').default([], 'all'))
    .addOption(
      new Option('--mode <mode>', 'active syncs, observe writes nothing, paused does nothing')
        .choices(['active', 'observe', 'paused'])
        .default('active'),
    )
    .addOption(new Option('--label <key=value...>', 'labels of the cluster').argParser(parseLabel).default({}, 'none'))
    .option('--controller-class <class>', 'serve stores of this spec.controller, and those without one', 'default')
    .option('--min-refresh-interval <duration>', 'refresh no object more often (default: as it asks)', parseInterval)
    .option('--replace', 'the name now stands for another cluster: forget what is remembered of the old one')
    .option('--skip-checks', 'register without asking the cluster anything; needs --kube-system-uid')
    .option('--kube-system-uid <uid>', 'uid of its namespace kube-system, for --skip-checks')
    .addHelpText('after', EXAMPLES);
  command.action(async (name: string, options: AddOptions) => {
    refuseUnfitting(options);
    await withServices({ command, edge, attempt: `registering cluster ${name}` }, async (services, settings) => {
      const { describeEksCluster } = services;
      const place = await locateCluster(name, options, { env: edge.env, settings, describeEksCluster });
      await register({ command, edge, place, stage: settings.stage }, toRequest(name, options, place), services);
    });
  });
};

const refuseUnfitting = ({
  eks,
  eksRegion,
  roleArn,
  kubeconfig,
  context,
  skipChecks,
  kubeSystemUid,
}: AddOptions): void => {
  if ([eks, kubeconfig, context].every((given) => given === undefined))
    throw new UsageError('which cluster? Give --eks NAME, or --kubeconfig FILE, --context NAME or both');
  if (eks === undefined && (eksRegion ?? roleArn) !== undefined)
    throw new UsageError('--eks-region and --role-arn go with --eks');
  if ((skipChecks === true) !== (kubeSystemUid !== undefined))
    throw new UsageError(
      '--skip-checks and --kube-system-uid go together',
      "The uid: kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'",
    );
};

const toRequest = (name: string, options: AddOptions, { connection, credentials }: Place): RegisterRequest => {
  const { namespace, mode, label, controllerClass, minRefreshInterval } = options;
  const cluster: ProposedCluster = {
    name,
    connection,
    labels: label,
    mode,
    controllerClass,
    namespaces: [...new Set(namespace)],
    ...(minRefreshInterval === undefined ? {} : { minRefreshInterval }),
    identity: toLimits(options),
  };
  return {
    cluster,
    ...(credentials === undefined ? {} : { credentials: SecretValue.fromText(JSON.stringify(credentials)) }),
    replace: options.replace === true,
    ...(options.kubeSystemUid === undefined ? {} : { trustedUid: options.kubeSystemUid }),
  };
};

const toLimits = (options: AddOptions): IdentityLimits => {
  const { defaultRole, pushRole, allowRole, allowService, allowKey, sessionTags } = options;
  return {
    ...(defaultRole === undefined ? {} : { defaultRole }),
    ...(pushRole === undefined ? {} : { pushRole }),
    allowRoles: allowRole,
    ...(allowService.length === 0 ? {} : { allowServices: [...new Set(allowService)] }),
    ...(allowKey.length === 0 ? {} : { allowKeys: [...new Set(allowKey)] }),
    sessionTags,
  };
};

interface Registering {
  readonly command: Command;
  readonly edge: Edge;
  readonly place: Place;
  readonly stage: string;
}

const register = async (
  { command, edge, place, stage }: Registering,
  request: RegisterRequest,
  { registerCluster }: Services,
): Promise<void> => {
  for (const note of place.notes) edge.err(`note: ${note}\n`);
  const result = await registerCluster(request).catch((error: unknown) => {
    throw notReached(error, request.cluster);
  });
  if (isJson(command)) edge.out(toJson(toRegisterJson(request.cluster.name, result)));
  if (result.registered && !isJson(command)) edge.out(describeRegistration(result));
  if (result.registered) return;
  edge.err(describeObstacles(result.obstacles, { name: request.cluster.name, cluster: request.cluster, place, stage }));
  throw new SaidError();
};

/** Which address was tried is what the person needs to know first. */
const notReached = (error: unknown, { name, connection }: ProposedCluster): unknown => {
  if (error instanceof ClusterUnreachableError)
    return new CliError(
      `registering cluster ${name} failed: ${connection.server} cannot be reached: ${error.message}`,
      'Check the address, its certificate authority, and whether it is reachable from here. --skip-checks registers without asking it.',
    );
  if (error instanceof ClusterForbiddenError)
    return new CliError(
      `registering cluster ${name} failed: ${connection.server} refuses: ${error.message}`,
      connection.type === 'eks'
        ? 'Does the identity have an access entry? `aws eks list-access-entries` shows those of the cluster.'
        : 'Is the token or client certificate of the kubeconfig still valid?',
    );
  return error;
};
