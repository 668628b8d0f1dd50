import { describe, expect, test } from '@jest/globals';
import { externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

const TARGET = { namespace: NAMESPACE, name: 'db' };

/** Settled, with `prod/db` at `one` and nothing of the object remembered. */
const applied = async (
  prepare: (world: World) => void,
  spec: Readonly<Record<string, unknown>> = {},
  world?: World,
): Promise<World> => {
  const prepared = world ?? (await createWorld());
  prepared.secrets.manager.put('prod/db', { text: 'one' });
  await prepared.apply(secretStore());
  await prepared.settle();
  prepare(prepared);
  prepared.cluster().requests.reset();
  await prepared.apply(externalSecret({ spec }));
  await prepared.settle();
  return prepared;
};
const secretRequests = (world: World) =>
  Object.fromEntries(Object.entries(world.cluster().requests.all()).filter(([what]) => what.endsWith(' secrets')));

describe('the target of a new object is not looked for', () => {
  test('and made when there is none', async () => {
    const world = await applied(() => undefined);

    expect(world.target()).toEqual({ password: 'one' });
    expect(secretRequests(world)).toEqual({ 'create secrets': 1 });
  });

  test('until making it is refused, and then taken over with what is read after it was seen', async () => {
    const world = await applied((prepared) => {
      prepared.cluster().putSecret(TARGET, { data: values({ foreign: 'x' }) });
    });

    expect(world.target()).toEqual({ password: 'one' });
    expect(secretRequests(world)).toEqual({ 'create secrets': 1, 'get secrets': 1, 'update secrets': 1 });
    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(2);
  });

  test('and one that another ExternalSecret owns stays as it is', async () => {
    const world = await applied((prepared) => {
      const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'web', uid: 'u' };
      const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
      prepared.cluster().putSecret(TARGET, { data: values({ web: 'x' }), ownerReferences });
    });

    expect(world.target()).toEqual({ web: 'x' });
    expect(world.ready()).toMatch(/^False SecretSyncedError/);
  });

  test('and one that was made meanwhile with a newer value is not replaced by what was read before', async () => {
    const world = await createWorld();
    let isOvertaken = false;
    world.before = async (call) => {
      if (call !== 'cluster.createSecret' || isOvertaken) return;
      isOvertaken = true;
      world.secrets.manager.put('prod/db', { text: 'two' });
      await world.sync();
    };
    const writes = world.watchWrites();

    await applied(() => undefined, {}, world);

    expect(writes).toEqual([{ password: 'two' }]);
    expect(world.target()).toEqual({ password: 'two' });
  });
});

describe('the target of a new object is looked for', () => {
  test('before it is deleted, since the provider has nothing', async () => {
    const world = await applied(
      (prepared) => {
        const { uid } = prepared.cluster().put(DB, { spec: externalSecret().spec });
        const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'db', uid };
        const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
        prepared.cluster().putSecret(TARGET, { data: values({ password: 'old' }), ownerReferences });
        prepared.secrets.manager.delete('prod/db');
      },
      { target: { deletionPolicy: 'Delete' } },
    );

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toMatch(/^True SecretDeleted/);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['when it is merged into', { target: { creationPolicy: 'Merge' } }],
    ['when it is to be immutable', { target: { immutable: true } }],
  ])('%s', async (_, spec) => {
    const world = await applied((prepared) => {
      prepared.cluster().putSecret(TARGET, { data: values({ other: 'x' }) });
    }, spec);

    expect(secretRequests(world)['get secrets']).toBe(1);
    expect(secretRequests(world)['create secrets']).toBeUndefined();
  });

  test('in a cluster that is only observed: what would be done is told', async () => {
    const world = await applied(
      (prepared) => {
        prepared.cluster().putSecret(TARGET, { data: values({ other: 'x' }) });
      },
      {},
      await createWorld({ mode: 'observe' }),
    );

    expect(secretRequests(world)).toEqual({ 'get secrets': 1 });
    expect(world.log.lines.map(({ message }) => message)).toContain('would update secret');
  });
});
