import { describe, expect, test } from '@jest/globals';
import type { IdentityLimits } from '../../../../src/domain/cluster.ts';
import {
  awsProvider,
  externalSecret,
  NAMESPACE,
  REGION,
  registration,
  secretStore,
  values,
} from '../../../support/builders.ts';
import {
  ALL_ROLES,
  asAccount,
  keysIn,
  role,
  type Spec,
  STORE,
  STORES,
  TEAM_ROLES,
  tenantWorld,
} from './tenant-world.ts';

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
