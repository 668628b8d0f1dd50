import { describe, expect, test } from '@jest/globals';
import { awsProvider, externalSecret, secretStore } from '../../../support/builders.ts';
import { DB, type World } from '../../../support/world.ts';
import { ALL_ROLES, reading, role, TEAM_KEYS, tenantWorld } from './tenant-world.ts';

const MINUTE = 60_000;

describe('a cluster that shows the objects of another', () => {
  /** `two` is synced; `one`, which may read `team-a/` alone, shows the same object under the same uid. */
  const mimicked = async (): Promise<World> => {
    const world = await tenantWorld(TEAM_KEYS);
    await world.register({ name: 'two', identity: ALL_ROLES });
    const original = [
      { ...secretStore(), uid: 'the-store' },
      { ...externalSecret(), uid: 'the-object' },
    ];
    for (const manifest of original) {
      world.cluster('two').put(manifest.ref, manifest);
      await world.seen(manifest.ref, 'two');
      world.enqueue(world.request([manifest.ref], { type: 'feed' }, 'two'));
    }
    await world.settle();
    await world.apply(...original);
    await world.settle();
    await world.clock.advance(MINUTE);
    return world;
  };

  test('reads what its own registration allows, and nothing of the other’s', async () => {
    const world = await mimicked();

    expect(world.ready()).toContain('stores of cluster "one" may not read key prod/db; allowed: team-a/*');
    expect(world.target('db', 'one')).toBeUndefined();
    expect(world.target('db', 'two')).toEqual({ password: 'value of prod/db' });
  });

  test('and takes them away takes nothing from the other', async () => {
    const world = await mimicked();

    await world.forget('one', DB, 'the-object');
    await world.forget('one', { ...DB, kind: 'SecretStore', name: 'aws' }, 'the-store');
    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target('db', 'two')).toEqual({ password: 'two' });
    expect(world.ready(DB, 'two')).toBe('True SecretSynced: secret synced');
    expect(await world.state(DB, 'one')).toBeUndefined();
  });

  test('is told apart by the tag of its own registration, whatever it says of itself', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const tags = [{ key: 'cluster', value: 'two' }];

    await world.apply(
      secretStore({ spec: awsProvider({ role: role('shared'), sessionTags: tags }) }),
      reading('team-a/db'),
    );
    await world.settle();

    expect(world.ready({ ...DB, kind: 'SecretStore', name: 'aws' })).toContain(
      'may not set session tag cluster to two; allowed: "one"',
    );
    expect(world.secrets.calls()).toEqual([]);
  });
});
