import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { StartLocalCluster } from '../../../local/cluster.ts';
import { startSmallCluster } from '../../../local/kubernetes/start-small-cluster.ts';
import { startRealCluster } from '../../../local/real-cluster/start-real-cluster.ts';
import { type LocalStack, registerCluster, startStack } from '../../../local/stack.ts';
import { writesIn } from './audit.ts';
import { type ClusterAdmin, createClusterAdmin } from './cluster-admin.ts';
import { eventually } from './eventually.ts';
import { createProvider, type Provider } from './provider.ts';
import { openService, type Service } from './service.ts';

/** `CLUSTERS=real` runs the same suites on kube-apiserver. */
export const startCluster: StartLocalCluster =
  process.env['CLUSTERS'] === 'real' ? startRealCluster : startSmallCluster;

/** Functions run as processes of this machine, which a burst of fifty would bring to its knees. */
const MODEST = { reconcileConcurrency: '5' };

export interface E2eOptions {
  /** @default ['alpha', 'beta'] */
  readonly clusters?: readonly string[];
  /** Evaluate IAM. @default true */
  readonly auth?: boolean;
  /** Of serverless.yml. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Options of `cluster add`, for all of them. */
  readonly registration?: readonly string[];
  /** Whether the feed is held before this resolves. @default true */
  readonly feed?: boolean;
}

/** The deployed service with registered clusters, whose feed is held. Made in `beforeAll`, and stopped in `afterAll` whatever happened. */
export interface E2e extends Omit<LocalStack, 'clusters'> {
  readonly directory: string;
  readonly clusters: readonly ClusterAdmin[];
  /** @throws Error - no such cluster */
  readonly cluster: (name: string) => ClusterAdmin;
  readonly provider: Provider;
  readonly inside: Service;
  /** Writes of the service to a cluster since a moment, epoch milliseconds. */
  readonly writes: (cluster: string, since?: number) => ReturnType<typeof writesIn>;
  /** Resolves when every registered cluster's kinds are all watched. */
  readonly feedHeld: () => Promise<void>;
}

/** @throws Error - what could not be started; nothing is left running then */
export const startE2e = async (options: E2eOptions = {}): Promise<E2e> => {
  const { clusters = ['alpha', 'beta'], auth = true, parameters = {}, registration = [] } = options;
  const directory = await mkdtemp(join(tmpdir(), 'secretcast-e2e-'));
  const said: string[] = [];
  const ends: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const stack = await startStack({
      directory,
      clusters,
      startCluster,
      auth,
      parameters: { ...MODEST, ...parameters },
      step: (title) => void said.push(title),
      log: (line) => void said.push(line),
    });
    ends.unshift(stack.stop);
    for (const name of clusters) await registerCluster(stack, name, registration);
    const e2e = assemble(stack, directory);
    if (options.feed === false) return e2e;
    await stack.invoke('watch-clusters');
    await e2e.feedHeld();
    return e2e;
  } catch (error) {
    for (const end of ends) await end();
    throw error;
  }
};

const assemble = (stack: LocalStack, directory: string): E2e => {
  const admins = stack.clusters.map((cluster) => createClusterAdmin(cluster, stack.kubeconfigFile));
  const provider = createProvider(stack.aws);
  const inside = openService(stack);
  const cluster = (name: string): ClusterAdmin => {
    const found = admins.find((admin) => admin.name === name);
    if (found === undefined) throw new Error(`no cluster ${name} in this stack`);
    return found;
  };
  return {
    ...stack,
    directory,
    clusters: admins,
    cluster,
    provider,
    inside,
    writes: (name, since) => writesIn(cluster(name).local, since),
    feedHeld: () => eventually(() => allWatched(inside), { withinMilliseconds: 30_000 }),
    stop: async () => {
      try {
        await keepLogs(stack, inside);
      } finally {
        provider.close();
        inside.close();
        await Promise.all(admins.map((admin) => admin.close()));
        await stack.stop();
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
};

/** `E2E_LOGS=FOLDER` keeps what functions and emulator printed, and the queues' dead letters, for looking into a failure. */
const keepLogs = async ({ aws }: LocalStack, inside: Service): Promise<void> => {
  const folder = process.env['E2E_LOGS'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const [group, text] of Object.entries(await inside.logs()))
    await writeFile(join(folder, `${basename(group)}.log`), text);
  await writeFile(join(folder, 'dead-letters.json'), JSON.stringify(await inside.deadLetters()));
  await cp(aws.logFile, join(folder, basename(aws.logFile)));
};

const WATCHED = [
  'ClusterExternalSecret',
  'ClusterPushSecret',
  'ClusterSecretStore',
  'ExternalSecret',
  'Namespace',
  'PushSecret',
  'Secret',
  'SecretStore',
] as const;

/** A position is stored for a kind once its first list was taken in and its messages were sent. */
const allWatched = async ({ tables }: Service): Promise<void> => {
  for (const { name } of await tables.clusters.list()) {
    const kinds = new Set((await tables.positions.list(name)).map(({ kind }) => kind));
    const missing = WATCHED.filter((kind) => !kinds.has(kind));
    if (missing.length > 0) throw new Error(`cluster ${name}: nothing was heard of ${missing.join(', ')}`);
  }
};
