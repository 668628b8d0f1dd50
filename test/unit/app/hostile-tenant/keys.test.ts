import { describe, expect, test } from '@jest/globals';
import type { IdentityLimits } from '../../../../src/domain/cluster.ts';
import {
  awsProvider,
  data,
  externalSecret,
  NAMESPACE,
  REGION,
  secretStore,
  values,
} from '../../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../../support/fake-secrets.ts';
import { ALL_ROLES, keysIn, reading, type Spec, STORE, STORES, TEAM_KEYS, tenantWorld } from './tenant-world.ts';

describe('a key outside what the registration allows', () => {
  const OPENS_TWO = 'secretcast/test/clusters/two';
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

  test.each<[string, Spec, string]>([
    ['by its name', {}, OPENS_TWO],
    ['by its ARN', {}, `arn:aws:secretsmanager:${REGION}:${FAKE_ACCOUNT}:secret:${OPENS_TWO}-AbCdEf`],
    ['through Parameter Store', { service: 'ParameterStore' }, `/aws/reference/secretsmanager/${OPENS_TWO}`],
  ])('is what opens a cluster, though all is allowed: %s', async (_, aws, key) => {
    const world = await tenantWorld(ALL_ROLES);
    world.secrets.manager.put(OPENS_TWO, { text: 'token' });

    await world.apply(secretStore({ spec: awsProvider(aws) }), reading(key));
    await world.settle();

    expect(world.ready()).toContain(`may not read key ${key}, which is the service's own; allowed: *`);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls({ operation: 'read' })).toEqual([]);
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
