import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterAdmin, Manifest, Ref } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { createGuideReader, type GuideReader } from './support/guide-commands.ts';
import { createProvider } from './support/provider.ts';
import { becomesReady, eventTexts, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { allowTokensOf, issuerOf } from './support/service-accounts.ts';
import { type E2e, startE2e } from './support/stack.ts';

/*
 * What guides to External Secrets on AWS have their readers type, typed: users, keys, roles and policies are made by the
 * commands of test/fixtures/guides, nothing by the test. Where guides have errors, both are tried: what they print does not
 * work, what is meant does. docs/migrate.md lists them.
 */

const HUB = '111122223333';
const CENTRAL = '444455556666';
const CLUSTER = '555566667777';
const CONTROLLER = { namespace: 'external-secrets', name: 'external-secrets' };
const CENTRAL_READER = { namespace: 'external-secrets', name: 'eso-default' };
const TAGGED = { 'external-secrets': 'true' };
/** A store that failed is tried again after a few seconds, then later and later. */
const SOON = { withinMilliseconds: 60_000 };

let e2e: E2e;
let alpha: ClusterAdmin;
let reader: GuideReader;
let issuer: string;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  reader = await createGuideReader(e2e);
  issuer = (await issuerOf(alpha)).replace('https://', '');
}, 180_000);

afterAll(async () => {
  await e2e?.stop();
}, 60_000);

interface StoreOptions {
  readonly kind?: 'SecretStore' | 'ClusterSecretStore';
  readonly namespace?: string;
  readonly service?: string;
  readonly role?: string;
  readonly auth: object;
  readonly conditions?: readonly object[];
}

const store = (name: string, options: StoreOptions): Manifest => {
  const { kind = 'SecretStore', namespace = 'default', service = 'SecretsManager', role, auth, conditions } = options;
  return {
    apiVersion: 'external-secrets.io/v1',
    kind,
    metadata: { name, ...(kind === 'SecretStore' ? { namespace } : {}) },
    spec: {
      ...(conditions === undefined ? {} : { conditions }),
      provider: { aws: { service, region: 'eu-west-1', ...(role === undefined ? {} : { role }), auth } },
    },
  };
};

const keysIn = (name: string) => ({
  secretRef: {
    accessKeyIDSecretRef: { name, key: 'access-key' },
    secretAccessKeySecretRef: { name, key: 'secret-access-key' },
  },
});

interface Reading {
  readonly store: string;
  readonly kind?: string;
  readonly key: string;
  readonly namespace?: string;
  readonly property?: string;
}

const reading = (
  name: string,
  { store: from, kind = 'SecretStore', namespace = 'default', ...remoteRef }: Reading,
) => ({
  apiVersion: 'external-secrets.io/v1beta1',
  kind: 'ExternalSecret',
  metadata: { name, namespace },
  spec: {
    refreshInterval: '5m',
    secretStoreRef: { name: from, kind },
    target: { name, creationPolicy: 'Owner' },
    data: [{ secretKey: 'value', remoteRef }],
  },
});

/** @param target - `namespace/name` */
const becomes = (target: `${string}/${string}`, value: string): Promise<void> => {
  const [namespace = '', name = ''] = target.split('/');
  return eventually(async () => expect(await alpha.secretValue(namespace, name, 'value')).toBe(value), SOON);
};

const fails = (ref: Ref, why: RegExp): Promise<void> =>
  eventually(async () => {
    expect(await readyOf(alpha, ref)).toMatch(/^False /);
    expect((await eventTexts(alpha, ref)).join('\n')).toMatch(why);
  }, SOON);

describe('a user with a policy, and its keys in a Secret', () => {
  test('reads', async () => {
    await e2e.provider.createSecret('audit-config', 'QUERY_PAGE_SIZE: 1000');
    await reader.follow('user-with-keys.sh', { cluster: alpha });
    await alpha.apply(
      store('user', { auth: keysIn('external-secrets-user-secret') }),
      reading('audit-config', { store: 'user', key: 'audit-config' }),
    );

    await becomesReady(alpha, storeRef('user'));
    await becomes('default/audit-config', 'QUERY_PAGE_SIZE: 1000');
  });

  test('is told of what is put into Secrets Manager, long before the interval', async () => {
    await e2e.provider.putSecret('audit-config', 'QUERY_PAGE_SIZE: 2000');

    await becomes('default/audit-config', 'QUERY_PAGE_SIZE: 2000');
  });
});

describe('a user that may only become a role, which reads by tag', () => {
  const role = `arn:aws:iam::${HUB}:role/external-secrets`;
  const namespace = 'external-secrets';

  beforeAll(async () => {
    await e2e.provider.createSecret('app/db', 'tagged', TAGGED);
    await e2e.provider.createSecret('app/other', 'untagged');
    await e2e.provider.putParameter('app-url', 'tagged');
    await e2e.provider.tagParameter('app-url', TAGGED);
    await reader.follow('role-for-a-user.sh', { cluster: alpha });
    const auth = keysIn('aws-external-secrets-credentials');
    await alpha.apply(
      store('aws-secrets-manager', { namespace, role, auth }),
      store('aws-parameter-store', { namespace, role, auth, service: 'ParameterStore' }),
    );
  });

  test('reads secrets and parameters that carry it, and no others', async () => {
    await alpha.apply(
      reading('db', { namespace, store: 'aws-secrets-manager', key: 'app/db' }),
      reading('url', { namespace, store: 'aws-parameter-store', key: 'app-url' }),
      reading('other', { namespace, store: 'aws-secrets-manager', key: 'app/other' }),
    );

    await becomes('external-secrets/db', 'tagged');
    await becomes('external-secrets/url', 'tagged');
    await fails(
      externalSecretRef('other', namespace),
      /AccessDeniedException: .*assumed-role\/external-secrets\/.* secretsmanager:GetSecretValue/,
    );
  });

  test('by the name of the role alone, as some manifests have it, is refused', async () => {
    const auth = keysIn('aws-external-secrets-credentials');
    await alpha.apply(store('short-name', { namespace, role: 'external-secrets', auth }));

    await fails(storeRef('short-name', namespace), /role external-secrets is not the ARN of a role/);
  });

  test('in a namespace without the Secret says which is missing [AWS9]', async () => {
    await alpha.apply(store('elsewhere', { role, auth: keysIn('aws-external-secrets-credentials') }));

    await fails(
      storeRef('elsewhere'),
      /unable to create session: could not fetch SecretAccessKey secret: cannot get Kubernetes secret "aws-external-secrets-credentials" from namespace "default": secrets "aws-external-secrets-credentials" not found/,
    );
  });
});

describe('the same role for a service account', () => {
  const clusterStore = store('irsa', { kind: 'ClusterSecretStore', auth: { jwt: { serviceAccountRef: CONTROLLER } } });
  const ref: Ref = { kind: 'ClusterSecretStore', name: 'irsa' };

  test('annotated with an account of 13 digits, as printed, is refused; with the real one it reads', async () => {
    const variables = { ISSUER: issuer, ROLE_ACCOUNT: '1234567889911' };
    await reader.follow('role-for-a-service-account.sh', { cluster: alpha, variables });
    await allowTokensOf(e2e, 'alpha', [CONTROLLER, CENTRAL_READER]);
    await alpha.apply(clusterStore, reading('irsa-db', { store: 'irsa', kind: 'ClusterSecretStore', key: 'app/db' }));
    await fails(ref, /role arn:aws:iam::1234567889911:role\/external-secrets is not the ARN of a role/);

    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      namespace: CONTROLLER.namespace,
      name: CONTROLLER.name,
    };
    const annotations = { 'eks.amazonaws.com/role-arn': `arn:aws:iam::${HUB}:role/external-secrets` };
    await alpha.patch(account, { metadata: { annotations } });

    await becomesReady(alpha, ref, SOON.withinMilliseconds);
    await becomes('default/irsa-db', 'tagged');
  });
});

describe('a policy by prefix', () => {
  const follow = (POLICY: string) => reader.follow('policy-by-prefix.sh', { cluster: alpha, variables: { POLICY } });

  beforeAll(async () => {
    for (const name of ['dev-db', 'prod-db']) {
      await e2e.provider.createSecret(name, `secret ${name}`);
      await e2e.provider.putParameter(name, `parameter ${name}`);
    }
  });

  test.each([
    ['secret', 'dev-secrets', 'SecretsManager'],
    ['parameter', 'dev-parameters', 'ParameterStore'],
  ])('of one service reads what it names, and no more: %s', async (what, policy, service) => {
    await follow(policy);
    await alpha.apply(
      store(policy, { service, auth: keysIn(policy) }),
      reading(`${policy}-dev`, { store: policy, key: 'dev-db' }),
      reading(`${policy}-prod`, { store: policy, key: 'prod-db' }),
    );

    await becomes(`default/${policy}-dev`, `${what} dev-db`);
    await fails(externalSecretRef(`${policy}-prod`), /AccessDeniedException/);
  });

  test('as printed, with a comma too many, is refused by IAM', async () => {
    await expect(follow('as-printed-comma')).rejects.toThrow(/MalformedPolicyDocument/);
  });

  test.each([
    ['an account of 13 digits', 'as-printed-account'],
    ['parameters under the name of another service', 'as-printed-arn'],
  ])('as printed, with %s, grants nothing', async (_, policy) => {
    await follow(policy);
    await alpha.apply(
      store(policy, { service: 'ParameterStore', auth: keysIn(policy) }),
      reading(policy, { store: policy, key: 'dev-db' }),
    );

    await fails(externalSecretRef(policy), /operation error SSM: GetParameter, .*AccessDeniedException/);
  });
});

describe('a central account, whose secret names its reader, and a cluster in another', () => {
  const role = `arn:aws:iam::${CENTRAL}:role/eso-shared-secret`;
  const conditions = [{ namespaces: ['myapp', 'kube-system'] }];

  test('share the secret with the namespaces that the store names, by one ClusterExternalSecret', async () => {
    const variables = { ISSUER: issuer, CENTRAL_ROLE: role, TRUSTED_ROLE: `arn:aws:iam::${CLUSTER}:role/eso-irsa` };
    await reader.follow('cluster-account.sh', { cluster: alpha, accountId: CLUSTER, variables });
    await reader.follow('central-account.sh', { cluster: alpha, accountId: CENTRAL, variables });
    for (const name of ['myapp', 'outside'])
      await alpha.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const auth = { jwt: { serviceAccountRef: CENTRAL_READER } };
    const data = [{ secretKey: 'value', remoteRef: { key: 'my-shared-secret', property: 'MY_SECRET' } }];
    const In = ['myapp', 'outside', 'kube-system'];
    await alpha.apply(store('shared-secrets', { kind: 'ClusterSecretStore', role, auth, conditions }), {
      apiVersion: 'external-secrets.io/v1beta1',
      kind: 'ClusterExternalSecret',
      metadata: { name: 'my-shared-secret' },
      spec: {
        externalSecretName: 'my-shared-secret',
        externalSecretSpec: {
          refreshInterval: '1h',
          secretStoreRef: { kind: 'ClusterSecretStore', name: 'shared-secrets' },
          target: { creationPolicy: 'Owner', deletionPolicy: 'Retain', name: 'shared-secrets' },
          data,
        },
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: In }],
        },
        refreshTime: '10m',
      },
    });

    for (const namespace of ['myapp', 'kube-system'] as const)
      await becomes(`${namespace}/shared-secrets`, 'of the central account');
    await fails(
      externalSecretRef('my-shared-secret', 'outside'),
      /using cluster store "shared-secrets" is not allowed from namespace "outside": denied by spec.condition/,
    );
  });

  test('the secret’s own policy may deny what the role’s allows', async () => {
    const central = createProvider(e2e.aws, CENTRAL);
    await central.putResourcePolicy('my-shared-secret', {
      Effect: 'Deny',
      Principal: { AWS: role },
      Action: 'secretsmanager:GetSecretValue',
      Resource: '*',
    });
    central.close();
    await alpha.apply(
      reading('denied', {
        namespace: 'myapp',
        store: 'shared-secrets',
        kind: 'ClusterSecretStore',
        key: 'my-shared-secret',
      }),
    );

    await fails(externalSecretRef('denied', 'myapp'), /AccessDeniedException/);
    expect(await alpha.secretValue('myapp', 'shared-secrets', 'value')).toBe('of the central account');
  });
});

test('nothing was malformed', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
