import { describe, expect, test } from '@jest/globals';
import { createdByHash, dataHash, syncedResourceVersion } from '../../../src/domain/hashes.ts';
import { DATA_HASH_ANNOTATION, MANAGED_LABEL } from '../../../src/domain/plan-target.ts';
import { CREATED_BY_LABEL } from '../../../src/domain/target-ownership.ts';
import { externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

const SYNCED_AT = '2025-12-31T23:50:00Z';

/** A cluster as an operator leaves it: the object is synced, its Secret holds `one`, and nothing of it is remembered here. */
const operated = async (spec: Readonly<Record<string, unknown>> = {}): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  const data = values({ password: 'one' });
  world.cluster().put(DB, { spec: externalSecret({ spec }).spec });
  const object = world.object();
  const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'db', uid: object.uid };
  world.cluster().putSecret(
    { namespace: NAMESPACE, name: 'db' },
    {
      data,
      labels: { [MANAGED_LABEL]: 'true', [CREATED_BY_LABEL]: createdByHash(NAMESPACE, 'db') },
      annotations: { [DATA_HASH_ANNOTATION]: dataHash(data) },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
  );
  const ready = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' };
  const status = {
    refreshTime: SYNCED_AT,
    syncedResourceVersion: syncedResourceVersion(object),
    conditions: [{ ...ready, lastTransitionTime: SYNCED_AT }],
    binding: { name: 'db' },
  };
  await world.apply(secretStore(), { ...externalSecret({ spec }), status });
  await world.settle();
  return world;
};

describe('an object that an operator synced', () => {
  test('is found by the events of its key from its first pass on', async () => {
    const world = await operated();

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('is left as it is by its first pass, its refresh time too', async () => {
    const world = await operated();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.cluster().requests.count({ resource: 'externalsecrets/status' })).toBe(0);
    expect((await world.state())?.status.refreshTime).toBe(SYNCED_AT);
  });

  test.each([
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce' }],
    ['OnChange', { refreshPolicy: 'OnChange' }],
    ['an interval of 0', { refreshInterval: '0' }],
  ])('under %s is not even read', async (_, spec) => {
    const world = await operated(spec);

    expect(world.secrets.calls({ operation: 'read' })).toEqual([]);
    expect(await world.state()).toMatchObject({ target: { name: 'db' }, versions: [], failures: 0 });
    expect((await world.state())?.dueAt).toBe(world.clock.now() + 24 * 3_600_000);
  });

  test('in a closed sync window is read when it opens', async () => {
    const windows = [{ schedule: '0 1 * * *', duration: '1h' }];
    const world = await operated({ refreshInterval: '48h', syncWindows: { kind: 'allow', windows } });
    world.secrets.manager.put('prod/db', { text: 'two' });

    await world.elapse(3_500_000);
    expect(world.target()).toEqual({ password: 'one' });
    await world.elapse(600_000);

    expect(world.target()).toEqual({ password: 'two' });
  });
});
