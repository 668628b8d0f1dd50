import type { Cluster } from '../../src/domain/cluster.ts';
import type { Hop } from '../../src/domain/doctor/hop.ts';
import { StoreRejectedError } from '../../src/domain/store-error.ts';
import {
  ClusterForbiddenError,
  ClusterRejectedError,
  SecretNotFoundError,
  StoreAccessDeniedError,
} from '../../src/domain/sync-error.ts';
import { state } from '../contract/tables/samples.ts';
import { awsProvider, DEFAULT_ROLE, registration, secretStore } from '../support/builders.ts';
import { KUBE_SYSTEM_UID } from '../support/fake-doctor.ts';
import { FAKE_ACCOUNT } from '../support/fake-secrets.ts';
import type { CliWorld } from './cli-world.ts';

/** A way in which a set-up breaks, as somebody meets it. */
export interface BrokenSetUp {
  /** The hop that doctor is to name. */
  readonly hop: Hop;
  /** What is wrong: the name of the test, and the anchor in the page. */
  readonly name: string;
  readonly words: readonly string[];
  readonly breakIt: (world: CliWorld) => Promise<void> | void;
}

const BLUE = ['doctor', '--cluster', 'blue'];
const STORE = [...BLUE, '--store', 'shop/aws', '--key', 'prod/db'];
const TEAM_ROLE = 'arn:aws:iam::444455556666:role/team-shop';
const BASE_STORE = { namespace: 'shop', name: 'aws' };

/** A healthy set-up: cluster, store and key. */
export const setUp = async (world: CliWorld): Promise<void> => {
  world.env['AWS_REGION'] = 'eu-west-1';
  await register(world);
  putStore(world, {});
  world.secrets.manager.put('prod/db', { text: 'CANARY-value-5d1c' });
};

const register = async ({ tables }: CliWorld, changes: Partial<Cluster> = {}): Promise<void> => {
  await tables.clusters.put(
    registration({
      name: 'blue',
      connection: {
        type: 'credentials',
        server: 'https://blue.example.com',
        credentialsSecretId: 'secretcast/dev/clusters/blue',
      },
      kubeSystemUid: KUBE_SYSTEM_UID,
      ...changes,
    }),
  );
};

const putStore = ({ cluster }: CliWorld, aws: Readonly<Record<string, unknown>>): void => {
  const { ref, spec } = secretStore({ ...BASE_STORE, spec: awsProvider(aws) });
  cluster.put(ref, { spec });
};

const refused = (user: string, action: string, resource: string): string =>
  `User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
const assumeRoleRefused = (user: string, role: string): Error =>
  new StoreAccessDeniedError(
    `operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: 4f6b, api error AccessDenied: ${refused(user, 'sts:AssumeRole', role)}`,
  );
const readRefused = (what: string): string =>
  `operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 9c1d, api error AccessDeniedException: ${what}`;

const READER_SESSION = `arn:aws:sts::${FAKE_ACCOUNT}:assumed-role/secrets-reader/secretcast`;

const PUSH_ROLE = `arn:aws:iam::${FAKE_ACCOUNT}:role/secrets-writer`;
const PUSH_FUNCTION = `arn:aws:sts::${FAKE_ACCOUNT}:assumed-role/secretcast-dev-push/secretcast-dev-push`;
const WRITER_SESSION = `arn:aws:sts::${FAKE_ACCOUNT}:assumed-role/secrets-writer/secretcast`;
const createRefused = `set secret failed: could not write remote ref token to target secretstore aws: operation error Secrets Manager: CreateSecret, https response error StatusCode: 400, RequestID: 9c1d, api error AccessDeniedException: ${refused(WRITER_SESSION, 'secretsmanager:CreateSecret', 'pushed/token')}`;

/** A PushSecret through the store, and what it was answered; undefined: it was pushed. */
export const putPush = async (world: CliWorld, answer: string | undefined): Promise<void> => {
  const status = answer === undefined ? ('True' as const) : ('False' as const);
  const reason = answer === undefined ? 'Synced' : 'Errored';
  const conditions = [{ type: 'Ready' as const, status, reason, message: answer ?? 'PushSecret synced successfully' }];
  await world.tables.states.put(
    'blue',
    { kind: 'PushSecret', namespace: 'shop', name: 'token' },
    {
      expected: 0,
      state: state({
        status: { conditions },
        stores: ['SecretStore/shop/aws'],
        failures: answer === undefined ? 0 : 3,
        ...(answer === undefined ? {} : { lastWarning: { text: answer, at: 0 } }),
      }),
    },
  );
};

/** With a role that pushes. */
export const registerPushing = (world: CliWorld): Promise<void> =>
  register(world, {
    identity: { defaultRole: DEFAULT_ROLE, pushRole: PUSH_ROLE, allowRoles: [], sessionTags: true },
  });

/** One a hop, in the order of a walk. */
export const BROKEN_SET_UPS: readonly BrokenSetUp[] = [
  {
    hop: 'event-rules',
    name: 'a rule is disabled',
    words: BLUE,
    breakIt: ({ health }) => {
      health.rules.set('secretcast-dev-secret-label', {
        isEnabled: false,
        targets: [':secretcast-dev-secret-changes'],
      });
    },
  },
  {
    hop: 'queues',
    name: 'messages ended as dead letters',
    words: BLUE,
    breakIt: ({ health }) => void health.queues.set('secretcast-dev-reconcile-dead', 2),
  },
  {
    hop: 'network',
    name: 'the API server does not answer',
    words: BLUE,
    breakIt: ({ health }) => {
      health.reach = { stoppedAt: 'network', code: 'ETIMEDOUT' };
    },
  },
  {
    hop: 'tls',
    name: 'the certificate authority is another one',
    words: BLUE,
    breakIt: ({ health }) => {
      health.reach = { stoppedAt: 'tls', code: 'SELF_SIGNED_CERT_IN_CHAIN' };
    },
  },
  {
    hop: 'token',
    name: 'the connection secret is gone',
    words: BLUE,
    breakIt: ({ health }) => {
      health.tokenError = new ClusterForbiddenError(
        'reading connection secret secretcast/dev/clusters/blue failed: ResourceNotFoundException',
      );
    },
  },
  {
    hop: 'access-entry',
    name: 'an EKS cluster has no access entry for the service',
    words: BLUE,
    breakIt: async (world) => {
      const { health } = world;
      health.isStandIn = true;
      health.entries.delete(`arn:aws:iam::${FAKE_ACCOUNT}:role/secretcast-dev-reconcile`);
      await register(world, {
        connection: {
          type: 'eks',
          eksName: 'blue',
          region: 'eu-west-1',
          server: 'https://blue.example.com',
          certificateAuthority: 'PEM',
        },
      });
    },
  },
  {
    hop: 'rbac',
    name: 'permissions are missing in the cluster',
    words: BLUE,
    breakIt: ({ cluster }) => {
      cluster.forbid('create', 'secrets');
      cluster.forbid('update', 'secrets');
    },
  },
  {
    hop: 'same-cluster',
    name: 'another cluster answers under the name',
    words: BLUE,
    breakIt: (world) => register(world, { kubeSystemUid: 'the-uid-before' }),
  },
  {
    hop: 'definitions',
    name: 'the definitions are not installed',
    words: BLUE,
    breakIt: ({ cluster }) => cluster.fail('listObjects', new ClusterRejectedError('not served'), 99),
  },
  {
    hop: 'finalizers',
    name: 'finalizers of a former operator hold a deletion up',
    words: BLUE,
    breakIt: ({ cluster }) => {
      const ref = { kind: 'ExternalSecret', namespace: 'shop', name: 'db' } as const;
      cluster.put(ref, { finalizers: ['externalsecrets.external-secrets.io/externalsecret-cleanup'], spec: {} });
      cluster.delete(ref);
    },
  },
  {
    hop: 'stored-versions',
    name: 'objects are stored as v1alpha1',
    words: BLUE,
    breakIt: ({ health }) => {
      health.definitions = health.definitions.map((one) => ({ ...one, storedVersions: ['v1alpha1', 'v1'] }));
    },
  },
  {
    hop: 'webhooks',
    name: 'a webhook of a former operator fails closed',
    words: BLUE,
    breakIt: ({ health }) => {
      health.webhooks = [{ configuration: 'secretstore-validate', failsClosed: true, namespace: 'external-secrets' }];
    },
  },
  {
    hop: 'operator',
    name: 'External Secrets Operator still runs',
    words: BLUE,
    breakIt: ({ health }) => {
      const place = { namespace: 'external-secrets', name: 'external-secrets' };
      health.operators = [{ ...place, component: 'external-secrets', readyReplicas: 1 }];
    },
  },
  {
    hop: 'stores',
    name: 'a store is known to fail',
    words: BLUE,
    breakIt: (world) => putStore(world, { role: TEAM_ROLE }),
  },
  {
    hop: 'store',
    name: 'a role is no ARN',
    words: STORE,
    breakIt: (world) => putStore(world, { role: 'team-shop' }),
  },
  {
    hop: 'registration',
    name: 'the registration does not allow a role',
    words: STORE,
    breakIt: (world) => putStore(world, { role: TEAM_ROLE }),
  },
  {
    hop: 'provider',
    name: 'the registration does not allow a key',
    words: STORE,
    breakIt: (world) =>
      register(world, {
        identity: { defaultRole: DEFAULT_ROLE, allowRoles: [], allowKeys: ['shop/'], sessionTags: true },
      }),
  },
  {
    hop: 'credentials',
    name: 'the Secret with the access key is missing',
    words: STORE,
    breakIt: (world) =>
      putStore(world, {
        auth: {
          secretRef: {
            accessKeyIDSecretRef: { name: 'aws-keys', key: 'access-key' },
            secretAccessKeySecretRef: { name: 'aws-keys', key: 'secret-access-key' },
          },
        },
      }),
  },
  {
    hop: 'assume-role',
    name: 'a role does not trust the one before it',
    words: STORE,
    breakIt: async (world) => {
      await register(world, {
        identity: {
          defaultRole: DEFAULT_ROLE,
          allowRoles: ['arn:aws:iam::444455556666:role/team-*'],
          sessionTags: true,
        },
      });
      putStore(world, { role: TEAM_ROLE, externalID: 'shop' });
      world.secrets.fail({ operation: 'open', identity: TEAM_ROLE }, () =>
        assumeRoleRefused(READER_SESSION, TEAM_ROLE),
      );
    },
  },
  {
    hop: 'provider',
    name: 'the reader may not read the key',
    words: STORE,
    breakIt: ({ secrets }) =>
      secrets.fail(
        { operation: 'read' },
        () =>
          new StoreAccessDeniedError(readRefused(refused(READER_SESSION, 'secretsmanager:GetSecretValue', 'prod/db'))),
      ),
  },
  {
    hop: 'provider',
    name: 'there is no such key',
    words: STORE,
    breakIt: ({ secrets }) => secrets.fail({ operation: 'read' }, () => new SecretNotFoundError()),
  },
  {
    hop: 'kms',
    name: 'the reader may not use the encryption key',
    words: STORE,
    breakIt: ({ secrets }) =>
      secrets.fail({ operation: 'read' }, () => new StoreRejectedError(readRefused('Access to KMS is not allowed'))),
  },
  {
    hop: 'push',
    name: 'the writer may not make a secret',
    words: STORE,
    breakIt: async (world) => {
      await registerPushing(world);
      await putPush(world, createRefused);
    },
  },
  {
    hop: 'push',
    name: 'the push role does not trust the service',
    words: STORE,
    breakIt: async (world) => {
      await registerPushing(world);
      const answer = assumeRoleRefused(PUSH_FUNCTION, PUSH_ROLE).message;
      await putPush(world, `set secret failed: could not get secrets client for store aws: ${answer}`);
    },
  },
  {
    hop: 'push',
    name: 'no role is registered that pushes',
    words: STORE,
    breakIt: async (world) => {
      await register(world, { identity: { defaultRole: DEFAULT_ROLE, allowRoles: [], sessionTags: true } });
      await putPush(world, 'set secret failed: could not get secrets client for store aws: pushing needs a role');
    },
  },
];
