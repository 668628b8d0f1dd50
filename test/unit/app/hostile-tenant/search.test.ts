import { describe, expect, test } from '@jest/globals';
import { awsProvider, externalSecret, REGION, secretStore } from '../../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../../support/fake-secrets.ts';
import { DB } from '../../../support/world.ts';
import { ALL_ROLES, role, type Spec, STORES, TEAM_KEYS, tenantWorld } from './tenant-world.ts';

const finding = (find: Spec, more: Spec = {}) =>
  externalSecret({ spec: { data: undefined, dataFrom: [{ find }], ...more } });
const everything = { name: { regexp: '.' } };

describe('a search', () => {
  test.each<[string, Spec, Spec, string]>([
    ['everywhere', {}, everything, ''],
    ['by tags alone', {}, { tags: { team: 'b' } }, ''],
    ['under another path', {}, { ...everything, path: 'team-b/' }, 'team-b/'],
    ['under a path that begins like its own', {}, { ...everything, path: 'team-' }, 'team-'],
    ['under a path without its slash', {}, { ...everything, path: 'team-a' }, 'team-a'],
    ['of all parameters', { service: 'ParameterStore' }, { ...everything, path: '/' }, ''],
    ['of others’ parameters', { service: 'ParameterStore' }, { ...everything, path: '/team-b' }, '/team-b/'],
    [
      'of secrets through parameters',
      { service: 'ParameterStore' },
      { ...everything, path: '/aws/reference/secretsmanager/team-b' },
      '/aws/reference/secretsmanager/team-b/',
    ],
  ])('%s is refused before anything is listed or remembered', async (_, ...[aws, find, path]) => {
    const world = await tenantWorld();

    await world.apply(secretStore({ spec: awsProvider(aws) }), finding(find));
    await world.settle();

    expect(world.ready()).toBe(`False SecretSyncedError: ${STORES} may not read key ${path}; allowed: team-a/*`);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls().filter(({ operation }) => operation !== 'open')).toEqual([]);
    const service = aws['service'] === 'ParameterStore' ? 'ssm' : 'secretsmanager';
    expect(await world.tables.finders.of({ account: FAKE_ACCOUNT, region: REGION, service })).toEqual([]);
    expect(world.metrics.total('Refusals', { kind: 'ExternalSecret', reason: 'KeyNotAllowed' })).toBe(1);
  });

  test.each<[string, Spec]>([
    ['by its path', { ...everything, path: 'team-a/' }],
    ['further down', { ...everything, path: 'team-a/d' }],
  ])('inside what is allowed finds that, and no more: %s', async (_, find) => {
    const world = await tenantWorld();

    await world.apply(secretStore(), finding(find));
    await world.settle();

    expect(world.target()).toEqual({ 'team-a_db': 'value of team-a/db' });
    expect(world.secrets.calls().filter(({ key }) => !['', 'team-a/', 'team-a/d', 'team-a/db'].includes(key))).toEqual(
      [],
    );
  });

  test('that was allowed once finds nothing more, and its target keeps what it has', async () => {
    const world = await tenantWorld(ALL_ROLES);
    await world.apply(
      secretStore(),
      finding({ ...everything, path: 'team-' }, { target: { deletionPolicy: 'Delete' } }),
    );
    await world.settle();
    const before = world.target();
    await world.register({ identity: TEAM_KEYS });
    world.secrets.forgetCalls();

    await world.elapse(2 * 3_600_000);

    expect(before).toEqual({ 'team-a_db': 'value of team-a/db', 'team-b_db': 'value of team-b/db' });
    expect(world.target()).toEqual(before);
    expect(world.ready()).toContain('may not read key team-; allowed: team-a/*');
    expect(world.secrets.calls().filter(({ operation }) => operation !== 'open')).toEqual([]);
  });

  test('through everything leaves out what opens clusters, made just now or long ago', async () => {
    const world = await tenantWorld(ALL_ROLES);
    for (const name of ['two', 'three'])
      world.secrets.manager.put(`secretcast/test/clusters/${name}`, { text: 'token' });
    const key = { account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager' } as const;
    await world.tables.finders.note({ ...key, name: 'secretcast/test/clusters/three' }, world.clock.now());

    await world.apply(secretStore(), finding(everything));
    await world.settle();

    expect(Object.keys(world.target() ?? {})).toEqual(['prod_db', 'team-a_db', 'team-b_db']);
    expect(world.secrets.calls().filter((call) => call.key.startsWith('secretcast'))).toEqual([]);
  });
});

describe('a listing of versions', () => {
  const HOUR = 3_600_000;
  const SHARED = role('shared');
  const NAMES = ['x', 'y', 'z'];
  const store = secretStore({ spec: awsProvider({ role: SHARED }) });
  const reading = (name: string, key: string) =>
    externalSecret({ name, spec: { data: [{ secretKey: 'password', remoteRef: { key } }] } });

  const refOf = (name: string) => ({ ...DB, name });

  /** Two clusters read as one role: their tenants' objects are due at the same time, and one listing shows all keys. */
  const twoTenants = async () => {
    const world = await tenantWorld(ALL_ROLES);
    await world.register({ name: 'two', identity: ALL_ROLES });
    for (const name of NAMES) world.secrets.manager.put(`team-b/${name}`, { text: 'one' });
    const objects = NAMES.map((name) => reading(name, `team-b/${name}`));
    await world.apply(store, ...objects);
    for (const manifest of [store, ...objects]) {
      world.cluster('two').put(manifest.ref, manifest);
      await world.seen(manifest.ref, 'two');
      world.enqueue(world.request([manifest.ref], { type: 'feed' }, 'two'));
    }
    await world.settle();
    await world.clock.advance(20 * 60_000);
    world.secrets.forgetCalls();
    return world;
  };

  test('that another cluster may make proves nothing of keys that one’s own registration leaves out', async () => {
    const world = await twoTenants();
    await world.register({ name: 'one', identity: TEAM_KEYS });

    await world.elapse(HOUR);

    expect(world.secrets.calls({ operation: 'listVersions', identity: SHARED })).not.toEqual([]);
    expect(world.metrics.total('VerifiedByListing')).toBe(3);
    for (const name of NAMES) {
      expect(world.ready(refOf(name), 'two')).toMatch(/^True/);
      expect(world.ready(refOf(name))).toContain(`may not read key team-b/${name}; allowed: team-a/*`);
    }
  });

  test('is not made for a tenant who may no longer name the role', async () => {
    const world = await twoTenants();
    await world.tables.clusters.remove('two');
    await world.register({ name: 'one', identity: { ...ALL_ROLES, allowRoles: [] } });

    await world.elapse(HOUR);

    expect(world.secrets.calls({ identity: SHARED })).toEqual([]);
    expect(world.ready(refOf('x'))).toContain('False');
  });

  test('is not made as a role that has become the service’s own', async () => {
    const world = await twoTenants();
    const connection = { type: 'eks', eksName: 'three', region: 'eu-west-1', server: 'https://three' } as const;
    await world.register({
      name: 'three',
      connection: { ...connection, certificateAuthority: '', roleArn: SHARED },
    });

    await world.elapse(HOUR);

    expect(world.secrets.calls({ identity: SHARED })).toEqual([]);
    expect(world.ready(refOf('x'))).toContain('False');
  });
});
