import { setTimeout as sleep } from 'node:timers/promises';
import { requestsIn, type ServiceRequest } from '../../test/e2e/support/audit.ts';
import type { ClusterAdmin, Manifest } from '../../test/e2e/support/cluster-admin.ts';
import { eventually } from '../../test/e2e/support/eventually.ts';
import { externalSecret } from '../../test/e2e/support/manifests.ts';
import { type E2e, startE2e } from '../../test/e2e/support/stack.ts';

const NAMESPACE = 'default';
const AT_ONCE = 20;
/** By then what the first sync began has ended, the wakes of the store's first validation too. */
const SETTLED_MILLISECONDS = 10_000;
/** Whatever takes longer is broken rather than slow. */
const PATIENCE = { withinMilliseconds: 600_000 };

export interface FleetOptions {
  readonly clusters: readonly string[];
  /** ExternalSecrets in each cluster. */
  readonly objects: number;
  /** Name of the secret that object `index` reads. */
  readonly remoteKey: (index: number) => string;
  /** Whether the feed runs before this resolves, and everything is synced. */
  readonly synced: boolean;
}

/** The deployed service and clusters full of ExternalSecrets, which read under the clusters' default role. */
export interface Fleet extends E2e {
  /** Resolves when every ExternalSecret of every cluster is Ready. */
  readonly allReady: () => Promise<void>;
  /** Requests of the service to all clusters, the feed's own lists and watches left out. */
  readonly requests: (since: number) => Promise<readonly ServiceRequest[]>;
}

export const nameOf = (index: number): string => `app-${index}`;

export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const e2e = await startE2e({ clusters: options.clusters, feed: false });
  try {
    await fill(e2e, options);
    const fleet: Fleet = {
      ...e2e,
      allReady: () => eventually(() => everyoneReady(e2e.clusters, options.objects), PATIENCE),
      requests: async (since) => (await Promise.all(e2e.clusters.map(({ local }) => requestsIn(local, since)))).flat(),
    };
    if (options.synced) {
      await e2e.invoke('watch-clusters');
      await fleet.allReady();
      await sleep(SETTLED_MILLISECONDS);
    }
    return fleet;
  } catch (error) {
    await e2e.stop();
    throw error;
  }
};

const fill = async ({ provider, inside, clusters, aws }: E2e, { objects, remoteKey }: FleetOptions): Promise<void> => {
  const actions = ['secretsmanager:GetSecretValue', 'secretsmanager:ListSecrets'];
  const defaultRole = await provider.createRole('fleet', [{ Effect: 'Allow', Action: actions, Resource: '*' }]);
  const indexes = Array.from({ length: objects }, (_, index) => index);
  await someAtOnce([...new Set(indexes.map(remoteKey))], (key) => provider.createSecret(key, 'one'));
  for (const cluster of clusters) {
    const registered = await inside.tables.clusters.get(cluster.name);
    if (registered === undefined) throw new Error(`${cluster.name} is not registered`);
    await inside.tables.clusters.put({ ...registered, identity: { ...registered.identity, defaultRole } });
    await cluster.apply(store(aws.region));
    await someAtOnce(indexes, (index) =>
      cluster.create({
        ...externalSecret({ name: nameOf(index), store: 'aws', data: { password: remoteKey(index) } }),
        apiVersion: 'external-secrets.io/v1',
      }),
    );
  }
};

const store = (region: string): Manifest => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'SecretStore',
  metadata: { name: 'aws', namespace: NAMESPACE },
  spec: { provider: { aws: { service: 'SecretsManager', region } } },
});

const everyoneReady = async (clusters: readonly ClusterAdmin[], objects: number): Promise<void> => {
  for (const cluster of clusters) {
    const ready = (await cluster.list('ExternalSecret', NAMESPACE)).filter(({ status }) =>
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    );
    if (ready.length < objects) {
      await new Promise((resolve) => setTimeout(resolve, 500)); // looking is work for the machine too
      throw new Error(`${cluster.name}: ${ready.length} of ${objects} are ready`);
    }
  }
};

const someAtOnce = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};
