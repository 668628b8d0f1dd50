import type { Tables } from '../../src/adapters/dynamodb/create-tables.ts';
import { createDoctor, type Doctor } from '../../src/app/doctor.ts';
import type { ClusterInspector, HubProbe } from '../../src/app/ports/doctor.ts';
import type { Reach } from '../../src/domain/doctor/connection.ts';
import { HUB_RULES } from '../../src/domain/doctor/hub.ts';
import type { DefinitionFacts, OperatorFacts, WebhookFacts } from '../../src/domain/doctor/remains.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { FAKE_ACCOUNT, type FakeSecrets } from './fake-secrets.ts';

export const YOU = `arn:aws:sts::${FAKE_ACCOUNT}:assumed-role/admin/you`;
/** The page shows it: it must not differ from run to run. */
export const KUBE_SYSTEM_UID = '5b0f6a52-2f2b-4e5e-9d3b-0c6c8d1c7a11';
const STACK = 'secretcast-dev';
const SERVICE_USER = 'system:serviceaccount:secretcast:robot';

/** What a doctor looks at, in memory: everything is well until a test breaks it. */
export interface DoctorWorld {
  reach: Reach;
  /** Fails the search for what signs in. */
  tokenError: Error | undefined;
  /** Fails the first request to the API server. */
  signInError: Error | undefined;
  isStandIn: boolean;
  rules: Map<string, { isEnabled: boolean; targets: readonly string[] }>;
  queues: Map<string, number>;
  /** By principal. */
  entries: Map<string, readonly string[]>;
  definitions: readonly DefinitionFacts[];
  webhooks: readonly WebhookFacts[];
  operators: readonly OperatorFacts[];
  /** Fails every look at what the service need not see. */
  inspectionError: Error | undefined;
}

export const createDoctorWorld = (): DoctorWorld => ({
  reach: {},
  tokenError: undefined,
  signInError: undefined,
  isStandIn: false,
  rules: new Map(
    HUB_RULES.map(({ suffix }) => [
      `${STACK}-${suffix}`,
      { isEnabled: true, targets: [`arn:aws:sqs:eu-west-1:${FAKE_ACCOUNT}:${STACK}-secret-changes`] },
    ]),
  ),
  queues: new Map(
    ['secret-changes', 'reconcile', 'push'].flatMap((queue) => [
      [`${STACK}-${queue}`, 3],
      [`${STACK}-${queue}-dead`, 0],
    ]),
  ),
  entries: new Map(
    ['watch-clusters', 'reconcile', 'push'].map((name) => [
      `arn:aws:iam::${FAKE_ACCOUNT}:role/${STACK}-${name}`,
      ['secretcast'],
    ]),
  ),
  definitions: [
    {
      name: 'externalsecrets.external-secrets.io',
      versions: ['v1beta1', 'v1'],
      storageVersion: 'v1',
      storedVersions: ['v1'],
    },
  ],
  webhooks: [],
  operators: [],
  inspectionError: undefined,
});

export interface DoctorParts {
  readonly tables: Pick<Tables, 'clusters' | 'states'>;
  readonly cluster: FakeCluster;
  readonly secrets: FakeSecrets;
  readonly world: DoctorWorld;
}

export const createFakeDoctor = ({ tables, cluster, secrets, world }: DoctorParts): Doctor => {
  const inspector = toInspector(world, cluster);
  const client = { ...cluster.client, kubeSystemUid: async () => KUBE_SYSTEM_UID };
  return createDoctor({
    clusters: tables.clusters,
    states: tables.states,
    readers: secrets,
    reach: async () => world.reach,
    open: async ({ connection }) => {
      if (world.tokenError !== undefined) throw world.tokenError;
      const as =
        connection.type === 'eks'
          ? (connection.roleArn ?? 'you')
          : `the credentials in ${connection.credentialsSecretId}`;
      return { client, inspector, as, isStandIn: world.isStandIn };
    },
    inspect: async () => undefined,
    hub: toHub(world),
    stack: STACK,
  });
};

const toInspector = (world: DoctorWorld, cluster: FakeCluster): ClusterInspector => {
  const seen = <T>(facts: T): T => {
    if (world.inspectionError !== undefined) throw world.inspectionError;
    return facts;
  };
  return {
    whoAmI: async () => {
      if (world.signInError !== undefined) throw world.signInError;
      return { username: SERVICE_USER, groups: ['system:authenticated'] };
    },
    mayGroup: async (_, question) => cluster.client.mayI(question),
    definitions: async () => seen(world.definitions),
    webhooks: async () => seen(world.webhooks),
    operators: async () => seen(world.operators),
  };
};

const toHub = ({ rules, queues, entries }: DoctorWorld): HubProbe => ({
  whoAmI: async () => ({ arn: YOU, account: FAKE_ACCOUNT }),
  rule: async (name) => rules.get(name),
  waiting: async (queue) => queues.get(queue),
  accessEntry: async (_, principal) => entries.get(principal),
});
