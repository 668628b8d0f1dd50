import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../../src/domain/cluster.ts';
import { isReferent, planIdentity } from '../../../src/domain/plan-identity.ts';
import { isRoleAllowed } from '../../../src/domain/role-patterns.ts';
import type { SecretStore } from '../../../src/domain/secret-store.ts';
import { roleArn } from '../../support/identity-plan.ts';
import { secretStore, staticAuth } from '../../support/secret-store.ts';

const connection: Cluster['connection'] = {
  type: 'eks',
  eksName: 'payments',
  region: 'eu-west-1',
  server: 'https://127.0.0.1',
  certificateAuthority: '',
};

type Given = Pick<Cluster, 'name' | 'connection' | 'identity'>;

const cluster = (identity: Partial<Cluster['identity']> = {}): Given => ({
  name: 'payments',
  connection,
  identity: { defaultRole: roleArn('default'), allowRoles: [], sessionTags: false, ...identity },
});

const plan = (store: SecretStore, given: Given = cluster(), namespace = 'team-a') =>
  planIdentity({ store, cluster: given, namespace });

const ANY = cluster({ allowRoles: ['*'] });
const role = roleArn('app');

describe('where a chain begins', () => {
  test('a store without auth reads as the cluster’s default role, where the reference takes what its environment has [AWS2]', () => {
    expect(plan(secretStore())).toEqual({
      service: 'secretsmanager',
      region: 'eu-central-1',
      base: { type: 'default-role', roleArn: roleArn('default'), sessionTags: [] },
      hops: [],
      retry: { maxAttempts: 3 },
    });
  });

  test('an empty auth is no auth', () => {
    expect(plan(secretStore({ aws: { auth: {} } })).base.type).toBe('default-role');
  });

  test('without a default role the person reads what to do: no key of our own environment stands in [AWS2]', () => {
    const { defaultRole: _, ...identity } = cluster().identity;

    expect(() => plan(secretStore(), { ...cluster(), identity })).toThrow(
      expect.objectContaining({
        reason: 'NoDefaultRole',
        message:
          'SecretStore "aws" has no auth and cluster "payments" no default role: register the cluster with --default-role, or set spec.provider.aws.auth',
      }),
    );
  });

  test('static keys need no default role', () => {
    const { defaultRole: _, ...identity } = cluster().identity;

    expect(plan(secretStore({ aws: { auth: staticAuth() } }), { ...cluster(), identity }).base.type).toBe('static');
  });

  test('jwt goes before static keys [AWS1]', () => {
    const auth = { ...staticAuth(), jwt: { serviceAccountRef: { name: 'app', audiences: ['vault'] } } };

    expect(plan(secretStore({ aws: { auth } })).base).toEqual({
      type: 'service-account',
      namespace: 'team-a',
      name: 'app',
      audiences: ['vault'],
    });
  });

  test('jwt without a service account is refused', () => {
    expect(() => plan(secretStore({ aws: { auth: { jwt: {} } } }))).toThrow(
      'spec.provider.aws.auth.jwt.serviceAccountRef is missing',
    );
  });

  test.each([
    {
      title: 'of a SecretStore is in the namespace of the store, whatever is named',
      kind: 'SecretStore',
      named: 'team-b',
      expected: 'team-a',
    },
    {
      title: 'of a ClusterSecretStore is in the namespace named [AWS16]',
      kind: 'ClusterSecretStore',
      named: 'keys',
      expected: 'keys',
    },
    { title: 'of a ClusterSecretStore is in its user’s namespace', kind: 'ClusterSecretStore', expected: 'team-c' },
  ] as const)('a service account $title', ({ kind, expected, ...rest }) => {
    const serviceAccountRef = { name: 'app', audiences: [], ...('named' in rest ? { namespace: rest.named } : {}) };
    const store = secretStore({ kind, aws: { auth: { jwt: { serviceAccountRef } } } });

    expect(plan(store, cluster(), 'team-c').base).toMatchObject({ namespace: expected, name: 'app' });
  });

  test('roles on a service account are the tenant’s own affair', () => {
    const auth = { jwt: { serviceAccountRef: { name: 'app', audiences: [] } } };
    const role = 'arn:aws:iam::444455556666:role/anything';
    const { identity } = cluster();

    const planned = plan(secretStore({ aws: { auth, role } }), {
      ...cluster(),
      identity: { ...identity, allowRoles: [] },
    });

    expect(planned.hops.map(({ roleArn }) => roleArn)).toEqual([role]);
  });

  test.each(['accessKeyIDSecretRef', 'secretAccessKeySecretRef'])('static keys without %s are refused', (field) => {
    const secretRef = { ...staticAuth().secretRef, [field]: undefined };

    expect(() => plan(secretStore({ aws: { auth: { secretRef } } }))).toThrow(
      `spec.provider.aws.auth.secretRef.${field} is missing`,
    );
  });
});

describe('where static keys are read', () => {
  const keysOf = (store: SecretStore, namespace: string) => {
    const { base } = plan(store, cluster(), namespace);
    return base.type === 'static' ? base : undefined;
  };

  test.each([
    { title: 'of a SecretStore in its own namespace', kind: 'SecretStore', expected: 'team-a' },
    {
      title: 'of a SecretStore in its own namespace, whatever is named [ES96 AWS11]',
      kind: 'SecretStore',
      named: 'team-b',
      expected: 'team-a',
    },
    {
      title: 'of a ClusterSecretStore in the namespace named [ES96 AWS12]',
      kind: 'ClusterSecretStore',
      named: 'keys',
      expected: 'keys',
    },
    {
      title: 'of a ClusterSecretStore in its user’s namespace [ES96 AWS12]',
      kind: 'ClusterSecretStore',
      expected: 'team-c',
    },
  ] as const)('$title', ({ kind, expected, ...rest }) => {
    const store = secretStore({ kind, aws: { auth: staticAuth('named' in rest ? rest.named : undefined) } });

    const keys = keysOf(store, kind === 'SecretStore' ? 'team-a' : 'team-c');

    expect(keys?.accessKeyId).toEqual({ namespace: expected, name: 'aws-keys', key: 'access-key' });
    expect(keys?.secretAccessKey).toEqual({ namespace: expected, name: 'aws-keys', key: 'secret-access-key' });
    expect(keys?.sessionToken).toBeUndefined();
  });

  test('a session token comes from where its own selector says', () => {
    const { secretRef } = staticAuth('keys');
    const auth = { secretRef: { ...secretRef, sessionTokenSecretRef: { name: 't', namespace: 'tokens', key: 'k' } } };

    const keys = keysOf(secretStore({ kind: 'ClusterSecretStore', aws: { auth } }), 'team-c');

    expect(keys?.sessionToken).toEqual({ namespace: 'tokens', name: 't', key: 'k' });
  });

  test('without a user a referent store has nowhere to read them', () => {
    const store = secretStore({ kind: 'ClusterSecretStore', aws: { auth: staticAuth() } });

    expect(() => plan(store, cluster(), '')).toThrow('takes its credentials from the namespace of its user');
  });
});

describe('whether a ClusterSecretStore is referent', () => {
  const { secretRef } = staticAuth('keys');
  test.each([
    ['no auth is not', undefined, false],
    ['keys without namespace are', staticAuth(), true],
    ['keys with an empty namespace are', staticAuth(''), true],
    ['keys with a namespace are not', staticAuth('keys'), false],
    [
      'one selector without namespace is enough',
      { secretRef: { ...secretRef, sessionTokenSecretRef: { name: 't', key: 'k' } } },
      true,
    ],
    ['a service account without namespace is', { jwt: { serviceAccountRef: { name: 'app' } } }, true],
    [
      'a service account with a namespace is not, whatever the keys say',
      { ...staticAuth(), jwt: { serviceAccountRef: { name: 'app', namespace: 'keys' } } },
      false,
    ],
  ])('%s', (_, auth, expected) => {
    expect(isReferent(secretStore({ kind: 'ClusterSecretStore', aws: { auth } }))).toBe(expected);
  });

  test('a SecretStore never is', () => {
    expect(isReferent(secretStore({ aws: { auth: staticAuth() } }))).toBe(false);
  });
});

describe('the roles on top', () => {
  test('additional roles come in order before the role, which alone has the external id and tags [AWS4 AWS5]', () => {
    const store = secretStore({
      aws: {
        additionalRoles: [roleArn('one'), roleArn('two')],
        role,
        externalID: 'ext',
        sessionTags: [{ key: 'team', value: 'a' }],
        transitiveTagKeys: ['team'],
      },
    });

    expect(plan(store, ANY).hops).toEqual([
      { roleArn: roleArn('one'), sessionTags: [], transitiveTagKeys: [] },
      { roleArn: roleArn('two'), sessionTags: [], transitiveTagKeys: [] },
      { roleArn: role, externalId: 'ext', sessionTags: [{ key: 'team', value: 'a' }], transitiveTagKeys: ['team'] },
    ]);
  });

  test('without a role, external id and tags have no effect', () => {
    const store = secretStore({
      aws: { additionalRoles: [roleArn('one')], externalID: 'ext', sessionTagsPolicy: 'Simple' },
    });

    expect(plan(store, ANY).hops).toEqual([{ roleArn: roleArn('one'), sessionTags: [], transitiveTagKeys: [] }]);
  });

  const automatic = [
    { key: 'esoNamespace', value: 'team-c' },
    { key: 'esoStoreName', value: 'aws' },
    { key: 'esoStoreKind', value: 'ClusterSecretStore' },
  ];
  test.each([
    [
      'Simple replaces the explicit tags [AWS6]',
      { sessionTagsPolicy: 'Simple', sessionTags: [{ key: 'a', value: 'b' }] },
      automatic,
    ],
    [
      'Custom adds its own, sorted',
      { sessionTagsPolicy: 'Custom', customSessionTags: { team: 'a', cost: '1' } },
      [...automatic, { key: 'cost', value: '1' }, { key: 'team', value: 'a' }],
    ],
    [
      'Custom skips tags without key or value [AWS7 ES97]',
      { sessionTagsPolicy: 'Custom', customSessionTags: { '': 'x', y: '' } },
      automatic,
    ],
    [
      'a reserved key that got through loses [AWS8 ES97]',
      { sessionTagsPolicy: 'Custom', customSessionTags: { esoNamespace: 'kube-system' } },
      automatic,
    ],
    ['custom tags count with Custom only', { customSessionTags: { team: 'a' } }, []],
  ])('session tags: %s', (_, aws, tags) => {
    const store = secretStore({ kind: 'ClusterSecretStore', aws: { role, ...aws } });

    expect(plan(store, ANY, 'team-c').hops[0]?.sessionTags).toEqual(tags);
  });

  test('a ClusterSecretStore that is validated has an empty namespace in its tags', () => {
    const store = secretStore({ kind: 'ClusterSecretStore', aws: { role, sessionTagsPolicy: 'Simple' } });

    expect(plan(store, ANY, '').hops[0]?.sessionTags[0]).toEqual({ key: 'esoNamespace', value: '' });
  });
});

describe('what a registration bounds', () => {
  test.each([
    ['no pattern allows none', []],
    ['a pattern of another account', ['arn:aws:iam::444455556666:role/*']],
    ['a pattern that matches only a part', ['arn:aws:iam::111122223333:role/ap']],
    [
      'a pattern that ends before the path',
      ['arn:aws:iam::111122223333:role/*'],
      'arn:aws:iam::111122223333:role/app/x',
    ],
  ])('a role on a chain that starts with the hub is refused: %s', (_, allowRoles, named = role) => {
    expect(() => plan(secretStore({ aws: { role: named } }), cluster({ allowRoles }))).toThrow(
      expect.objectContaining({
        reason: 'RoleNotAllowed',
        message: `stores of cluster "payments" may not use role ${named}; allowed: ${allowRoles[0] ?? 'none'}`,
      }),
    );
  });

  test('each role of the chain is bounded, not the last alone', () => {
    const store = secretStore({ aws: { additionalRoles: [roleArn('bridge')], role } });

    expect(() => plan(store, cluster({ allowRoles: [role] }))).toThrow(
      `may not use role ${roleArn('bridge')}; allowed: ${role}`,
    );
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'the automatic one',
      { sessionTags: [{ key: 'esoNamespace', value: 'team-b' }] },
      'esoNamespace to team-b; allowed: "team-a"',
    ],
    ['our own', { sessionTags: [{ key: 'namespace', value: 'team-b' }] }, 'namespace to team-b; allowed: "team-a"'],
    [
      'in other letters',
      { sessionTags: [{ key: 'ESOstoreKIND', value: 'x' }] },
      'ESOstoreKIND to x; allowed: "SecretStore"',
    ],
    [
      'among the custom ones',
      { sessionTagsPolicy: 'Custom', customSessionTags: { Cluster: 'other' } },
      'Cluster to other; allowed: "payments"',
    ],
  ])('a tag that tells tenants apart says nothing else on a chain of the hub: %s', (_, aws, message) => {
    expect(() => plan(secretStore({ aws: { role, ...aws } }), ANY)).toThrow(
      expect.objectContaining({
        reason: 'TagNotAllowed',
        message: `stores of cluster "payments" may not set session tag ${message}`,
      }),
    );
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['true', { sessionTags: [{ key: 'esoNamespace', value: 'team-a' }] }],
    ['automatic', { sessionTagsPolicy: 'Simple' }],
    ['on a chain of its own', { auth: staticAuth(), sessionTags: [{ key: 'namespace', value: 'team-b' }] }],
  ])('a tag that tells tenants apart is a store’s to set where it is %s', (_, aws) => {
    expect(() => plan(secretStore({ aws: { role, ...aws } }), ANY)).not.toThrow();
  });

  test('roles on a tenant’s own keys are the tenant’s affair', () => {
    expect(plan(secretStore({ aws: { role, auth: staticAuth() } })).hops).toHaveLength(1);
  });

  test('our own tags go on the default role and nowhere else, when the registration wants them', () => {
    const given = cluster({ sessionTags: true, allowRoles: ['*'] });

    const { base, hops } = plan(secretStore({ aws: { role } }), given);

    expect(base).toMatchObject({
      sessionTags: [
        { key: 'cluster', value: 'payments' },
        { key: 'namespace', value: 'team-a' },
        { key: 'store', value: 'SecretStore/aws' },
      ],
    });
    expect(hops[0]?.sessionTags).toEqual([]);
  });
});

test.each([
  ['itself', role, true],
  ['a star in the name', 'arn:aws:iam::111122223333:role/a*p', true],
  ['a star over the account', 'arn:aws:iam::*:role/app', true],
  ['a star that is all there is', '*', true],
  ['two stars', 'arn:*:iam::111122223333:role/*p*', true],
  ['a star that would have to end before the path', 'arn:aws:iam::111122223333:role*', false],
  ['a star that would have to cross a colon', 'arn:aws:*:role/app', false],
  ['stars whose texts overlap', 'arn:aws:iam::111122223333:role/ap*pp', false],
  ['text in the wrong order', 'arn:aws:iam::111122223333:role/*p*a*', false],
  ['a dot, which is only a dot', 'arn:aws:iam::111122223333:role/.pp', false],
  ['nothing', '', false],
])('a role is matched by %s: %s, %s', (_, pattern, allowed) => {
  expect(isRoleAllowed(role, [pattern])).toBe(allowed);
});

describe('Region, service and retries', () => {
  test('a store without Region reads in its cluster’s', () => {
    expect(plan(secretStore({ aws: { region: '' } })).region).toBe('eu-west-1');
  });

  test('a store without Region in a cluster that has none is refused', () => {
    const given = {
      ...cluster(),
      connection: { type: 'credentials', server: 'https://x', credentialsSecretId: 's' },
    } as const;

    expect(() => plan(secretStore({ aws: { region: '' } }), given)).toThrow('region not found');
  });

  test('a Region that leads to another host is refused, validated or not', () => {
    expect(() => plan(secretStore({ aws: { region: 'x.example.com/' } }))).toThrow('region not found: x.example.com/');
  });

  test('a Region that nobody knows is asked as it stands, and fails there [AWS62]', () => {
    expect(plan(secretStore({ aws: { region: 'mars-north-1' } })).region).toBe('mars-north-1');
  });

  test('Parameter Store is ssm', () => {
    expect(plan(secretStore({ aws: { service: 'ParameterStore' } })).service).toBe('ssm');
  });

  test('an unknown service is refused as validation refuses it [AWS17]', () => {
    expect(() => plan(secretStore({ aws: { service: 'S3' } }))).toThrow('unknown AWS Provider Service: S3');
  });

  test.each([
    ['SecretsManager', 'secretsmanager'],
    ['ParameterStore', 'ssm'],
    ['CertificateManager', 'acm'],
  ])('%s is read under the name AWS gives it', (service, name) => {
    expect(plan(secretStore({ aws: { service } })).service).toBe(name);
  });

  test.each([
    ['an empty block', {}, { maxAttempts: 3 }],
    ['a number of attempts', { maxRetries: 7 }, { maxAttempts: 7 }],
    ['no cap', { maxRetries: 0 }, { maxAttempts: 0 }],
    ['less than none, which is no cap', { maxRetries: -1 }, { maxAttempts: 0 }],
    ['a fixed delay', { retryInterval: '1m30s' }, { maxAttempts: 3, delayMilliseconds: 90_000 }],
    ['a delay of zero, which is the SDK’s own', { retryInterval: '0s' }, { maxAttempts: 3 }],
  ])('retries: %s', (_, retrySettings, retry) => {
    expect(plan(secretStore({ spec: { retrySettings } })).retry).toEqual(retry);
  });

  test.each([
    ['Invalid', 'unable to initialize aws provider: time: invalid duration "Invalid"'],
    ['10', 'unable to initialize aws provider: time: missing unit in duration "10"'],
  ])('a retry interval of %s is refused [AWS19]', (retryInterval, message) => {
    expect(() => plan(secretStore({ spec: { retrySettings: { retryInterval } } }))).toThrow(
      expect.objectContaining({ name: 'InvalidSpecError', message }),
    );
  });
});
