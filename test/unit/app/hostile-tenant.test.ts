import { describe, expect, test } from '@jest/globals';
import type { IdentityLimits } from '../../../src/domain/cluster.ts';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { StoreAccessDeniedError } from '../../../src/domain/sync-error.ts';
import {
  awsProvider,
  clusterSecretStore,
  DEFAULT_ROLE,
  data,
  externalSecret,
  NAMESPACE,
  REGION,
  registration,
  secretStore,
  values,
} from '../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { createWorld, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const STORE: ServedRef = { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' };
const role = (name: string, account = FAKE_ACCOUNT) => `arn:aws:iam::${account}:role/${name}`;
const ALL_ROLES: IdentityLimits = { defaultRole: DEFAULT_ROLE, allowRoles: ['*'], sessionTags: true };
const TEAM_ROLES: IdentityLimits = { ...ALL_ROLES, allowRoles: [role('team-a-*')] };
const TEAM_KEYS: IdentityLimits = { ...ALL_ROLES, allowKeys: ['team-a/'] };
const STORES = 'stores of cluster "one"';
const keysIn = (namespace?: string): Spec => {
  const at = (key: string) => ({ name: 'keys', key, ...(namespace === undefined ? {} : { namespace }) });
  return { auth: { secretRef: { accessKeyIDSecretRef: at('id'), secretAccessKeySecretRef: at('secret') } } };
};
const asAccount = (namespace?: string): Spec => ({
  auth: { jwt: { serviceAccountRef: { name: 'reader', ...(namespace === undefined ? {} : { namespace }) } } },
});

/** A cluster of a tenant that may read `team-a/db`, beside secrets of others and what opens them. */
const tenantWorld = async (
  identity: IdentityLimits = TEAM_KEYS,
  namespaces: readonly string[] = [],
): Promise<World> => {
  const world = await createWorld({ identity, namespaces });
  for (const key of ['team-a/db', 'team-b/db', 'prod/db']) world.secrets.manager.put(key, { text: `value of ${key}` });
  world.secrets.parameters.put('/aws/reference/secretsmanager/team-b/db', 'value of team-b/db');
  world.cluster().putSecret({ namespace: 'team-b', name: 'keys' }, { data: values({ id: 'AKIATEAMB', secret: 's' }) });
  world
    .cluster()
    .serviceAccounts.put({ namespace: 'team-b', name: 'reader' }, { 'eks.amazonaws.com/role-arn': role('team-b') });
  return world;
};

const reading = (key: string, more: Spec = {}) =>
  externalSecret({ spec: { data: [data('password', { key })], ...more } });

describe('a store that names a role', () => {
  test.each<[string, IdentityLimits, Spec, string]>([
    [
      'of the hub',
      ALL_ROLES,
      { role: role('secretcast-test-reconcile') },
      `${STORES} may not use role ${role('secretcast-test-reconcile')}, which is the service's own; allowed: *`,
    ],
    [
      'of the hub, in other letters and under a path',
      ALL_ROLES,
      { role: role('x/SecretCast-Test-Reconcile') },
      `may not use role ${role('x/SecretCast-Test-Reconcile')}, which is the service's own`,
    ],
    [
      'of the hub on the way to its own',
      ALL_ROLES,
      { additionalRoles: [role('secretcast-test-reconcile')], role: role('team-a-reader') },
      `may not use role ${role('secretcast-test-reconcile')}, which is the service's own`,
    ],
    [
      'of the hub on keys of its own',
      ALL_ROLES,
      { ...keysIn(), role: role('secretcast-test-reconcile') },
      `may not use role ${role('secretcast-test-reconcile')}, which is the service's own`,
    ],
    [
      'that opens another cluster',
      ALL_ROLES,
      { role: role('opens-two') },
      `may not use role ${role('opens-two')}, which is the service's own`,
    ],
    [
      'of another tenant',
      TEAM_ROLES,
      { role: role('team-b-reader') },
      `${STORES} may not use role ${role('team-b-reader')}; allowed: ${role('team-a-*')}`,
    ],
    [
      'of another tenant before its own',
      TEAM_ROLES,
      { additionalRoles: [role('team-b-reader')], role: role('team-a-reader') },
      `may not use role ${role('team-b-reader')}`,
    ],
    [
      'of its own name in another account',
      TEAM_ROLES,
      { role: role('team-a-reader', '444455556666') },
      `may not use role ${role('team-a-reader', '444455556666')}`,
    ],
    [
      'under a path that begins like its own name',
      TEAM_ROLES,
      { role: role('team-a-x/admin') },
      `may not use role ${role('team-a-x/admin')}`,
    ],
    ['that is a pattern', TEAM_ROLES, { role: role('team-a-*') }, `role ${role('team-a-*')} is not the ARN of a role`],
    [
      'that is a pattern of an account that is none',
      ALL_ROLES,
      { role: 'arn:aws:iam::1:role/x*' },
      'role arn:aws:iam::1:role/x* is not the ARN of a role',
    ],
    ['by its bare name', ALL_ROLES, { role: 'team-b' }, 'role team-b is not the ARN of a role'],
    [
      'as if it were another namespace',
      ALL_ROLES,
      { role: role('shared'), sessionTags: [{ key: 'esoNamespace', value: 'team-b' }] },
      `${STORES} may not set session tag esoNamespace to team-b; allowed: "team-a"`,
    ],
    [
      'in a cluster whose registration allows none',
      { ...ALL_ROLES, allowRoles: [] },
      { role: role('team-a-reader') },
      `${STORES} may not use role ${role('team-a-reader')}; allowed: none`,
    ],
  ])('%s is refused before any call', async (_, ...[identity, aws, message]) => {
    const world = await tenantWorld(identity);
    await world.tables.clusters.put(registration({ name: 'two', connection: eks(role('opens-two')) }));
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'keys' }, { data: values({ id: 'AKIA', secret: 's' }) });

    await world.apply(secretStore({ spec: awsProvider(aws) }), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toContain(`False InvalidProviderConfig: `);
    expect(world.ready(STORE)).toContain(message);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls()).toEqual([]);
  });

  test('by a service account’s annotation is not let near the service’s own', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const annotations = { 'eks.amazonaws.com/role-arn': role('secretcast-test-reconcile') };
    world.cluster().serviceAccounts.put({ namespace: NAMESPACE, name: 'reader' }, annotations);

    await world.apply(secretStore({ spec: awsProvider(asAccount()) }));
    await world.settle();

    expect(world.ready(STORE)).toContain(`may not use role ${role('secretcast-test-reconcile')}`);
    expect(world.secrets.calls()).toEqual([]);
    expect(world.cluster().requests.count({ resource: 'serviceaccounts/token' })).toBe(0);
  });

  const eks = (roleArn: string) =>
    ({
      type: 'eks',
      eksName: 'two',
      region: REGION,
      server: 'https://two',
      certificateAuthority: '',
      roleArn,
    }) as const;
});

describe('credentials of another namespace', () => {
  const ofShared = externalSecret({ spec: { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } } });

  test.each<[string, Spec, string]>([
    ['a Secret', keysIn('team-b'), 'invalid Auth.SecretRef.AccessKeyID: namespace should either be empty or match'],
    ['a service account', asAccount('team-b'), 'invalid Auth.JWT.ServiceAccountRef: namespace should either be empty'],
  ])('are nothing that a SecretStore can name: %s [ES94 AWS11]', async (_, aws, message) => {
    const world = await tenantWorld(ALL_ROLES);

    await world.apply(secretStore({ spec: awsProvider(aws) }), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toContain(message);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls()).toEqual([]);
    expect(world.cluster().requests.count({ resource: 'serviceaccounts/token' })).toBe(0);
  });

  test.each<[string, Spec]>([
    ['a Secret', keysIn()],
    ['a service account', asAccount()],
  ])('are not found by a ClusterSecretStore that takes those of its user: %s', async (_, aws) => {
    const world = await tenantWorld(ALL_ROLES);

    await world.apply(clusterSecretStore({ spec: awsProvider(aws) }), ofShared);
    await world.settle();

    expect(world.events().at(-1)).toMatch(/from namespace "team-a"|serviceaccounts "reader" not found/);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls()).toEqual([]);
  });

  test.each<[string, Spec]>([
    ['a Secret', keysIn('team-b')],
    ['a service account', asAccount('team-b')],
  ])('which the registration leaves out are not taken, though a ClusterSecretStore names them: %s', async (_, aws) => {
    const world = await tenantWorld(ALL_ROLES, [NAMESPACE]);

    await world.apply(clusterSecretStore({ spec: awsProvider(aws) }), ofShared);
    await world.settle();

    expect(world.ready({ kind: 'ClusterSecretStore', namespace: '', name: 'shared' })).toBe(
      `False InvalidProviderConfig: ${STORES} may not take credentials from namespace team-b; allowed: team-a`,
    );
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls()).toEqual([]);
  });

  test('are not had by naming a store there', async () => {
    const world = await tenantWorld(ALL_ROLES);
    await world.apply(secretStore({ namespace: 'team-b', spec: awsProvider(keysIn()) }));

    await world.apply(externalSecret({ spec: { secretStoreRef: { name: 'aws', namespace: 'team-b' } } }));
    await world.settle();

    expect(world.target()).toBeUndefined();
  });

  test('are not had by a ClusterSecretStore whose conditions leave the tenant out [ES90 AWS61]', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const ref = { kind: 'Namespace', namespace: '', name: NAMESPACE } as const;
    world.cluster().put(ref, { labels: { 'kubernetes.io/metadata.name': NAMESPACE } });
    const conditions = [{ namespaces: ['team-b'] }];

    await world.apply(clusterSecretStore({ spec: { ...awsProvider(keysIn('team-b')), conditions } }), ofShared);
    await world.settle();

    expect(world.events().at(-1)).toContain(
      'using cluster store "shared" is not allowed from namespace "team-a": denied by spec.condition',
    );
    expect(world.target()).toBeUndefined();
  });
});

describe('a key outside what the registration allows', () => {
  const ARN = `arn:aws:secretsmanager:${REGION}:${FAKE_ACCOUNT}:secret:team-b/db-AbCdEf`;

  test.each<[string, Spec, string, Spec]>([
    ['by its name', {}, 'team-b/db', { data: [data('password', { key: 'team-b/db' })] }],
    ['by its ARN', {}, ARN, { data: [data('password', { key: ARN })] }],
    ['by the prefix of the store', { prefix: 'team-' }, 'team-b/db', { data: [data('password', { key: 'b/db' })] }],
    [
      'among others that are allowed',
      {},
      'team-b/db',
      { data: [data('mine', { key: 'team-a/db' }), data('password', { key: 'team-b/db' })] },
    ],
    ['as a whole', {}, 'team-b/db', { data: undefined, dataFrom: [{ extract: { key: 'team-b/db' } }] }],
    ['for its tags alone', {}, 'team-b/db', { data: [data('x', { key: 'team-b/db', metadataPolicy: 'Fetch' })] }],
    ['in an older version', {}, 'team-b/db', { data: [data('x', { key: 'team-b/db', version: 'AWSPREVIOUS' })] }],
    [
      'through the store’s Parameter Store',
      { service: 'ParameterStore' },
      '/aws/reference/secretsmanager/team-b/db',
      { data: [data('x', { key: '/aws/reference/secretsmanager/team-b/db' })] },
    ],
  ])('is not read: %s', async (_, ...[aws, key, spec]) => {
    const world = await tenantWorld();

    await world.apply(secretStore({ spec: awsProvider(aws) }), externalSecret({ spec }));
    await world.settle();

    expect(world.ready()).toBe(`False SecretSyncedError: ${STORES} may not read key ${key}; allowed: team-a/*`);
    expect(world.events().at(-1)).toContain(`may not read key ${key}; allowed: team-a/*`);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls().filter(({ operation }) => operation !== 'open')).toEqual([]);
    expect((await world.state())?.dependsOn).toEqual([]); // nor does its change wake anybody
    expect(world.metrics.total('Refusals', { cluster: 'one', kind: 'ExternalSecret', reason: 'KeyNotAllowed' })).toBe(
      1,
    );
  });

  test('is not read with keys of the tenant’s own either', async () => {
    const world = await tenantWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'keys' }, { data: values({ id: 'AKIA', secret: 's' }) });

    await world.apply(secretStore({ spec: awsProvider(keysIn()) }), reading('team-b/db'));
    await world.settle();

    expect(world.ready()).toContain('may not read key team-b/db; allowed: team-a/*');
  });

  test('does not stop what is inside', async () => {
    const world = await tenantWorld();

    await world.apply(secretStore(), reading('team-a/db'));
    await world.settle();

    expect(world.target()).toEqual({ password: 'value of team-a/db' });
    expect(world.metrics.total('Refusals')).toBe(0);
  });

  test('that was allowed once is read no more, and its target keeps what it has', async () => {
    const world = await tenantWorld(ALL_ROLES);
    await world.apply(secretStore(), reading('team-b/db', { target: { deletionPolicy: 'Delete' } }));
    await world.settle();
    await world.register({ identity: TEAM_KEYS });
    world.secrets.forgetCalls();

    await world.elapse(2 * 3_600_000);

    expect(world.ready()).toContain('may not read key team-b/db; allowed: team-a/*');
    expect(world.target()).toEqual({ password: 'value of team-b/db' });
    expect(world.secrets.calls({ operation: 'read' })).toEqual([]);
  });

  test('is read as soon as the registration allows it', async () => {
    const world = await tenantWorld();
    await world.apply(secretStore(), reading('team-b/db'));
    await world.settle();

    await world.register({ identity: ALL_ROLES });
    await world.elapse(8 * 60_000);

    expect(world.target()).toEqual({ password: 'value of team-b/db' });
  });
});

describe('a service that the registration leaves out', () => {
  const ONLY_PARAMETERS: IdentityLimits = { ...ALL_ROLES, allowServices: ['ssm'] };

  test('is not read by a store of it', async () => {
    const world = await tenantWorld(ONLY_PARAMETERS);

    await world.apply(secretStore(), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toBe(
      `False InvalidProviderConfig: ${STORES} may not use service secretsmanager; allowed: ssm`,
    );
    expect(world.secrets.calls()).toEqual([]);
    expect(world.metrics.total('Refusals', { kind: 'SecretStore', reason: 'ServiceNotAllowed' })).toBe(1);
  });

  test('is not read through the other', async () => {
    const world = await tenantWorld(ONLY_PARAMETERS);
    const spec = awsProvider({ service: 'ParameterStore' });

    await world.apply(secretStore({ spec }), reading('/aws/reference/secretsmanager/team-b/db'));
    await world.settle();

    expect(world.ready()).toContain('may not use service secretsmanager; allowed: ssm');
    expect(world.secrets.calls({ operation: 'read' })).toEqual([]);
  });
});

describe('a store', () => {
  test.each(['endpoint', 'endpointUrl', 'customEndpoint', 'sts'])(
    'leads nowhere else by a member that the API does not have: %s',
    async (member) => {
      const world = await tenantWorld(ALL_ROLES);
      const plans: unknown[] = [];
      const { open } = world.deps.readers;
      Object.assign(world.deps.readers, {
        open: (...args: Parameters<typeof open>) => {
          plans.push(args[0]);
          return open(...args);
        },
      });

      await world.apply(secretStore({ spec: awsProvider({ [member]: 'https://evil.example' }) }), externalSecret());
      await world.settle();

      expect(plans).not.toEqual([]);
      expect(JSON.stringify(plans)).not.toContain('evil');
    },
  );

  test.each(['evil.example/', 'evil.example#', 'x@evil.example', 'eu-central-1.evil.example'])(
    'leads nowhere else by its Region: %s [AWS62]',
    async (region) => {
      const world = await tenantWorld(ALL_ROLES);

      await world.apply(secretStore({ spec: awsProvider({ region }) }), externalSecret());
      await world.settle();

      expect(world.ready(STORE)).toContain(`region not found: ${region}`);
      expect(world.secrets.calls()).toEqual([]);
    },
  );

  test('without auth reads nothing where the registration has no default role', async () => {
    const world = await tenantWorld({ allowRoles: ['*'], sessionTags: true });

    await world.apply(secretStore({ spec: awsProvider({ role: role('team-a-reader') }) }), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toContain('has no auth and cluster "one" no default role');
    expect(world.secrets.calls()).toEqual([]);
    expect(world.target()).toBeUndefined();
  });
});

describe('a value that one identity may read', () => {
  test.each([
    ['the one that may comes first', ['a', 'b']],
    ['the one that may not comes first', ['b', 'a']],
  ])('answers no other in the same message: %s', async (_, order) => {
    const world = await tenantWorld(ALL_ROLES);
    await world.apply(
      ...order.map((name) => secretStore({ name, spec: awsProvider({ role: role(`team-${name}`) }) })),
      ...order.map((name) => externalSecret({ name, spec: { secretStoreRef: { name } } })),
    );
    const denied = { operation: 'read', identity: role('team-b') } as const;
    world.secrets.fail(denied, () => new StoreAccessDeniedError('AccessDenied'));

    await world.settle();
    await world.reconcile(world.request(order.map((name) => externalSecret({ name }).ref)));
    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target('a')).toEqual({ password: 'two' });
    expect(world.target('b')).toBeUndefined();
    expect(world.secrets.calls(denied)).not.toEqual([]); // it was asked, and answered for itself
  });

  test('answers none that loses it in the middle', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const two = ['a', 'b'];
    await world.apply(
      ...two.map((name) => secretStore({ name, spec: awsProvider({ role: role(`team-${name}`) }) })),
      ...two.map((name) => externalSecret({ name, spec: { secretStoreRef: { name } } })),
    );
    await world.settle();
    world.secrets.fail(
      { operation: 'read', identity: role('team-b') },
      () => new StoreAccessDeniedError('AccessDenied'),
    );

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target('a')).toEqual({ password: 'two' });
    expect(world.target('b')).toEqual({ password: 'value of prod/db' });
  });
});

describe('a registration that is narrowed between read and write', () => {
  const narrowedBy = async (change: Parameters<World['register']>[0] | 'removed'): Promise<World> => {
    const world = await tenantWorld(ALL_ROLES);
    world.secrets.before({ operation: 'read' }, async () => {
      if (change === 'removed') await world.tables.clusters.remove('one');
      else await world.register(change);
    });
    await world.apply(secretStore(), reading('team-b/db'));
    await world.settle();
    return world;
  };

  test.each<[string, Parameters<typeof narrowedBy>[0]]>([
    ['in its keys', { identity: TEAM_KEYS }],
    ['in its services', { identity: { ...ALL_ROLES, allowServices: ['ssm'] } }],
    ['in its namespaces', { namespaces: ['team-b'] }],
    ['to no default role', { identity: { allowRoles: [], sessionTags: true } }],
    ['to observing', { mode: 'observe' }],
    ['to nothing', 'removed'],
  ])('holds for the write: %s', async (_, change) => {
    const world = await narrowedBy(change);

    expect(world.target()).toBeUndefined();
    await world.elapse(10 * 60_000);
    expect(world.target()).toBeUndefined();
  });

  test('is told by the next pass', async () => {
    const world = await narrowedBy({ identity: TEAM_KEYS });
    expect(world.ready()).toBeUndefined();

    await world.elapse(2_000);

    expect(world.ready()).toContain('may not read key team-b/db; allowed: team-a/*');
  });

  test('holds for the deletion of what an empty answer would take away', async () => {
    const world = await tenantWorld(ALL_ROLES);
    await world.apply(secretStore(), reading('team-b/db', { target: { deletionPolicy: 'Delete' } }));
    await world.settle();
    world.secrets.manager.delete('team-b/db');
    world.secrets.before({ operation: 'read' }, async () => void (await world.register({ namespaces: ['team-b'] })));

    await world.elapse(2 * 3_600_000);

    expect(world.target()).toEqual({ password: 'value of team-b/db' });
  });
});
