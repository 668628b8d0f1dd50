import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { bundleFunctions } from '../build.ts';
import { rbacManifests } from '../src/domain/rbac.ts';
import { applyManifests, readManifests } from './apply-manifests.ts';
import { type DeployedStack, deployService } from './aws/deploy.ts';
import { type LocalAws, startLocalAws } from './aws/start-local-aws.ts';
import type { LocalCluster, StartLocalCluster } from './cluster.ts';
import { serviceContext, writeKubeconfig } from './kubeconfig.ts';
import { runCli } from './run-cli.ts';

const PROJECT = join(import.meta.dirname, '..');

/** Group of the service's user in a local cluster; what `secretcast rbac` binds by default. */
export const SERVICE_GROUP = 'secretcast';

export const STAGE = 'local';

export interface StackOptions {
  /** Everything this run writes; emptied first. `env.json` in it tells the CLI how to find the stack. */
  readonly directory: string;
  /** Names of the clusters to start. */
  readonly clusters: readonly string[];
  readonly startCluster: StartLocalCluster;
  /** Evaluate IAM. @default true */
  readonly auth?: boolean;
  /** Of the local AWS. @default a free one */
  readonly port?: number;
  /** Parameters of serverless.yml. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Told before each step. */
  readonly step: (title: string) => void;
  /** What the steps' tools say. */
  readonly log: (line: string) => void;
}

/** The whole service on this machine: local AWS, clusters, and the deployed functions between them. */
export interface LocalStack {
  readonly aws: LocalAws;
  readonly service: DeployedStack;
  readonly clusters: readonly LocalCluster[];
  readonly kubeconfigFile: string;
  /** Runs `secretcast …` against this stack. @throws Error - with what it said, when it fails */
  readonly secretcast: (...args: readonly string[]) => Promise<string>;
  /** Invokes a scheduled function now, without waiting for its minute. */
  readonly invoke: (functionName: string) => Promise<void>;
  /** Ends every process of this stack. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts, deploys and registers everything. What was started before a step failed is ended again.
 * @throws Error - the step that failed and why
 */
export const startStack = async (options: StackOptions): Promise<LocalStack> => {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    const pending = stops.splice(0).reverse();
    await Promise.all(pending.map((end) => end()));
  };
  try {
    return await startParts(options, { stops, stop });
  } catch (error) {
    await stop();
    throw error;
  }
};

interface Stopping {
  readonly stops: (() => Promise<void>)[];
  readonly stop: () => Promise<void>;
}

const startParts = async (options: StackOptions, { stops, stop }: Stopping): Promise<LocalStack> => {
  const { directory, step, log } = options;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });

  step('starting the local AWS');
  const aws = await startLocalAws({
    directory: join(directory, 'aws'),
    auth: options.auth ?? true,
    log,
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  stops.push(aws.stop);

  step(`starting clusters ${options.clusters.join(', ')}`);
  const kubeconfigFile = join(directory, 'kubeconfig');
  const users = await Promise.all(options.clusters.map((name) => startWithServiceUser(options, name, stops)));
  await writeKubeconfig(kubeconfigFile, users);
  const clusters = users.map(({ cluster }) => cluster);
  await Promise.all(clusters.map(({ name }) => installInto(kubeconfigFile, name)));

  step('building the functions');
  const serviceDirectory = await assembleService(join(directory, 'service'));

  step('deploying serverless.yml');
  const service = await deployService({
    aws,
    serviceDirectory,
    stage: STAGE,
    parameters: options.parameters ?? {},
    environment: {
      AWS_SECRETSMANAGER_ENDPOINT: aws.endpoint,
      AWS_SSM_ENDPOINT: aws.endpoint,
      AWS_ACM_ENDPOINT: aws.endpoint,
      AWS_RESOURCE_GROUPS_TAGGING_API_ENDPOINT: aws.endpoint,
      AWS_STS_ENDPOINT: aws.endpoint,
      AWS_ECR_ENDPOINT: aws.endpoint,
    },
    log,
  });

  const table = service.outputs['TableName'] ?? '';
  const environment = { endpoint: aws.endpoint, region: aws.region, stage: STAGE, table, credentials: aws.credentials };
  await writeFile(join(directory, 'env.json'), JSON.stringify(environment, undefined, 2), { mode: 0o600 });
  const secretcast = (...args: readonly string[]) => runCli({ aws, stage: STAGE, table }, args);
  const lambda = new LambdaClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.credentials });
  stops.push(async () => lambda.destroy());
  return {
    aws,
    service,
    clusters,
    kubeconfigFile,
    secretcast,
    invoke: async (functionName) => {
      const command = { FunctionName: `secretcast-${STAGE}-${functionName}`, InvocationType: 'Event' as const };
      await lambda.send(new InvokeCommand(command));
    },
    stop,
  };
};

/** What is deployed, built in a folder of its own: runs side by side, and a build meanwhile, do not disturb each other. */
const assembleService = async (directory: string): Promise<string> => {
  await bundleFunctions(join(directory, 'dist'));
  for (const part of ['serverless.yml', 'infra'])
    await cp(join(PROJECT, part), join(directory, part), { recursive: true });
  return directory;
};

const startWithServiceUser = async (options: StackOptions, name: string, stops: Stopping['stops']) => {
  const serviceToken = randomBytes(24).toString('hex');
  const cluster = await options.startCluster({
    name,
    directory: join(options.directory, 'clusters', name),
    users: [{ token: serviceToken, name: 'secretcast', groups: [SERVICE_GROUP] }],
  });
  stops.push(cluster.stop);
  return { cluster, serviceToken };
};

const installInto = async (kubeconfigFile: string, context: string): Promise<void> => {
  const rbac = rbacManifests({ group: SERVICE_GROUP, namespaces: [], serviceAccounts: [] });
  await applyManifests(kubeconfigFile, context, [...(await readManifests(join(PROJECT, 'infra/crds'))), ...rbac]);
};

/** Registers a cluster of the stack under its own name, as a user would, with the service's own token. */
export const registerCluster = async (
  stack: Pick<LocalStack, 'kubeconfigFile' | 'secretcast'>,
  name: string,
  options: readonly string[] = [],
): Promise<void> => {
  const { kubeconfigFile } = stack;
  await stack.secretcast(
    'cluster',
    'add',
    name,
    '--kubeconfig',
    kubeconfigFile,
    '--context',
    serviceContext(name),
    ...options,
  );
};
