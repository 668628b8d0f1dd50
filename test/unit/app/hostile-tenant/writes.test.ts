import { describe, expect, test } from '@jest/globals';
import { NAMESPACE, secretStore } from '../../../support/builders.ts';
import type { World } from '../../../support/world.ts';
import { ALL_ROLES, reading, TEAM_KEYS, tenantWorld } from './tenant-world.ts';

describe('a registration that is narrowed between read and write', () => {
  type Change = Parameters<World['register']>[0] | 'removed';

  const narrowedBy = async (change: Change, object = reading('team-b/db')): Promise<World> => {
    const world = await tenantWorld(ALL_ROLES, [], true);
    world.secrets.before({ operation: 'read' }, async () => {
      if (change === 'removed') await world.tables.clusters.remove('one');
      else await world.register(change);
    });
    await world.apply(secretStore(), object);
    await world.settle();
    return world;
  };

  test.each<[string, Change]>([
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

  test('holds for a target of another kind', async () => {
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap' };
    const ref = { ...manifest, namespace: NAMESPACE, name: 'db' };
    const object = reading('team-b/db', { target: { manifest } });

    const world = await narrowedBy({ identity: TEAM_KEYS }, object);
    await world.elapse(10 * 60_000);

    expect(world.cluster().manifests.get(ref)).toBeUndefined();
    const allowed = await narrowedBy({ identity: ALL_ROLES }, object); // as it was
    expect(allowed.cluster().manifests.get(ref)).toBeDefined();
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
