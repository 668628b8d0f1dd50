import { describe, expect, test } from '@jest/globals';
import { StoreAccessDeniedError } from '../../../../src/domain/sync-error.ts';
import { awsProvider, data, externalSecret, secretStore } from '../../../support/builders.ts';
import { ALL_ROLES, role, tenantWorld } from './tenant-world.ts';

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

  test('is proven current for no other by the listing that it may make', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const keys = ['prod/1', 'prod/2', 'prod/3'];
    for (const key of keys) world.secrets.manager.put(key, { text: 'one' });
    const objectsOf = (team: string) =>
      keys.map((key, index) =>
        externalSecret({
          name: `${team}-${index}`,
          spec: { secretStoreRef: { name: team }, data: [data('password', { key })] },
        }),
      );
    await world.apply(
      ...['a', 'b'].map((name) => secretStore({ name, spec: awsProvider({ role: role(`team-${name}`) }) })),
      ...objectsOf('a'),
      ...objectsOf('b'),
    );
    await world.settle();
    await world.clock.advance(20 * 60_000);
    for (const operation of ['read', 'listVersions'] as const)
      world.secrets.fail({ operation, identity: role('team-b') }, () => new StoreAccessDeniedError('AccessDenied'));
    world.secrets.forgetCalls();

    await world.elapse(3_600_000);

    expect(world.metrics.total('VerifiedByListing')).toBe(3);
    expect(world.secrets.calls({ operation: 'read', identity: role('team-a') })).toEqual([]);
    expect(world.secrets.calls({ operation: 'read', identity: role('team-b') })).not.toEqual([]);
    for (const { ref } of objectsOf('a')) expect(world.ready(ref)).toMatch(/^True/);
    for (const { ref } of objectsOf('b')) expect(world.ready(ref)).toMatch(/^False SecretSyncedError/);
  });
});
