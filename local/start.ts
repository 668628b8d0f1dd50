import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openKubeconfig } from './apply-manifests.ts';
import { applyExample, createExampleSecret, createExampleUser, EXAMPLE } from './example.ts';
import { freePort } from './free-port.ts';
import { startSmallCluster } from './kubernetes/start-small-cluster.ts';
import { createFindLastChange } from './last-change.ts';
import { showLive, type ViewedCluster } from './live-view.ts';
import { localClusters, ownClusters, type ServedCluster } from './served-clusters.ts';
import { type LocalStack, startStack } from './stack.ts';
import { parseStartOptions, type StartOptions, USAGE } from './start-options.ts';
import { createTargetWaiter, type TargetWaiter } from './wait-for-target.ts';
import { whatToType } from './what-to-type.ts';

const DIRECTORY = join(import.meta.dirname, '../.local');
/** Where local AWS emulators are looked for. */
const USUAL_PORT = 4566;
const FIRST_SYNC_MILLISECONDS = 60_000;
const CHANGE_MILLISECONDS = 30_000;

const print = (line: string): void => console.log(line);

const main = async (): Promise<number> => {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) {
    print(USAGE);
    return 0;
  }
  const interrupted = interruption();
  const progress = createProgress();
  const stack = await startStack({
    directory: DIRECTORY,
    clusters: options.clusters,
    startCluster: startSmallCluster,
    port: options.port ?? (await freePort(USUAL_PORT).catch(() => freePort())),
    parameters: { reconcileConcurrency: '5' }, // each runs in a Node process of its own, on one small machine
    step: progress.step,
    log: () => undefined, // tools' output is in the folder's log files; a failing step brings its own end along
  });
  const view = new AbortController();
  try {
    return await run({ stack, options, progress, interrupted, view });
  } finally {
    view.abort();
    progress.step('stopping');
    await stack.stop();
    progress.end();
  }
};

interface Run {
  readonly stack: LocalStack;
  readonly options: StartOptions;
  readonly progress: Progress;
  /** Aborts with Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Ends the live view. */
  readonly view: AbortController;
}

const run = async ({ stack, options, progress, interrupted, view }: Run): Promise<number> => {
  const clusters = options.contexts.length > 0 ? ownClusters(options.contexts) : localClusters(stack);
  const names = clusters.map(({ name }) => name);
  progress.step('making the example: a secret, a user that may read it, a store and an ExternalSecret in each cluster');
  const secret = createExampleSecret(stack.aws);
  const waiter = createTargetWaiter();
  try {
    const password = randomPassword();
    await secret.create(password);
    const keys = await createExampleUser(stack.aws);
    await Promise.all(clusters.map((cluster) => cluster.prepare()));
    await Promise.all(clusters.map(({ kubeconfigFile, context }) => applyExample(kubeconfigFile, context, keys)));
    progress.step(`registering ${names.join(', ')}`);
    for (const cluster of clusters) await cluster.register(stack);
    await stack.invoke('watch-clusters'); // the schedule would do it within the minute
    progress.step('waiting for the first sync');
    void showLive(
      { clusters: clusters.map(toViewed), findLastChange: createFindLastChange(stack.aws), print, tell: waiter.tell },
      view.signal,
    );
    const missing = await missingAfter(waiter, { names, value: password }, FIRST_SYNC_MILLISECONDS);
    progress.end();
    if (missing.length > 0) return giveUp('the first sync did not reach', missing);
    if (options.once) return await changeOnce({ secret, waiter, names });
    print(whatToType(stack.aws, clusters));
    await untilAborted(interrupted);
    return 0;
  } finally {
    secret.close();
    await Promise.all(clusters.map((cluster) => cluster.leave()));
  }
};

interface Change {
  readonly secret: ReturnType<typeof createExampleSecret>;
  readonly waiter: TargetWaiter;
  readonly names: readonly string[];
}

const changeOnce = async ({ secret, waiter, names }: Change): Promise<number> => {
  const password = randomPassword();
  print(`changing ${EXAMPLE.secretId}`);
  await secret.rotate(password);
  const changedAt = Date.now();
  const arrived = await waiter.wait({ ...EXPECTED, clusters: names, value: password }, CHANGE_MILLISECONDS);
  for (const [cluster, at] of arrived) print(`${cluster}: updated ${at - changedAt} ms after the change`);
  const missing = names.filter((name) => !arrived.has(name));
  return missing.length === 0 ? 0 : giveUp('the change did not reach', missing);
};

const EXPECTED = { namespace: EXAMPLE.namespace, name: EXAMPLE.target, key: 'password' } as const;

const missingAfter = async (
  waiter: TargetWaiter,
  { names, value }: { readonly names: readonly string[]; readonly value: string },
  withinMilliseconds: number,
): Promise<readonly string[]> => {
  const arrived = await waiter.wait({ ...EXPECTED, clusters: names, value }, withinMilliseconds);
  return names.filter((name) => !arrived.has(name));
};

const giveUp = (what: string, clusters: readonly string[]): number => {
  console.error(`${what} ${clusters.join(', ')}. Look at: npx secretcast status, and the logs in ${DIRECTORY}`);
  return 1;
};

const toViewed = ({ name, kubeconfigFile, context }: ServedCluster): ViewedCluster => ({
  name,
  config: openKubeconfig(kubeconfigFile, context),
});

const randomPassword = (): string => randomBytes(9).toString('base64url');

interface Progress {
  readonly step: (title: string) => void;
  readonly end: () => void;
}

/** One line a step: what, and how long it took. */
const createProgress = (): Progress => {
  let current: { readonly title: string; readonly since: number } | undefined;
  const end = (): void => {
    if (current !== undefined) print(`  ✔ ${current.title} (${((Date.now() - current.since) / 1_000).toFixed(1)} s)`);
    current = undefined;
  };
  return {
    step: (title) => {
      end();
      current = { title, since: Date.now() };
    },
    end,
  };
};

/** The first Ctrl-C ends in order; a second one is for the impatient, and leaves it to the children to notice. */
const interruption = (): AbortSignal => {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  return controller.signal;
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
