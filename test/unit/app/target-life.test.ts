import { describe, expect, test } from '@jest/globals';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import { data, externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB } from '../../support/world.ts';

const SECRET = { namespace: NAMESPACE, name: 'db' };
const withPolicy = (creationPolicy: string) => externalSecret({ spec: { target: { creationPolicy } } });

describe('a target', () => {
  test('of two keys holds both and is Opaque [ES1]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/user', { text: 'app' });
    world.secrets.manager.put('prod/db', { text: 'one' });
    const entries = [data('user', { key: 'prod/user' }), data('password')];

    await world.apply(secretStore(), externalSecret({ spec: { data: entries } }));
    await world.settle();

    expect(world.target()).toEqual({ user: 'app', password: 'one' });
    expect(world.cluster().secret(NAMESPACE, 'db')?.type).toBe('Opaque');
  });

  test.each([
    ['without a name of its own has the object’s [ES2]', undefined, 'db'],
    ['may have a name of more than 63 bytes [ES3]', 'n'.repeat(100), 'n'.repeat(100)],
  ])('%s', async (_, name, expected) => {
    const world = await createSyncedWorld(externalSecret({ spec: { target: { name } } }));

    expect(world.target(expected)).toEqual({ password: 'one' });
    expect(parseStatus(world.object()).binding).toEqual({ name: expected });
  });

  test('of the object that is deleted goes under Owner, whatever its deletionPolicy [ES83]', async () => {
    const world = await createSyncedWorld();

    world.cluster().delete(DB);

    expect(world.target()).toBeUndefined();
  });

  test.each(['Orphan', 'CreateOrMerge', 'Merge'])('outlives its object under %s [ES77 ES83]', async (policy) => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    world.cluster().putSecret(SECRET, { data: values({ mine: 'x' }) }, 'helm');
    await world.apply(secretStore(), withPolicy(policy));
    await world.settle();
    const before = world.target();

    world.cluster().delete(DB);
    world.cluster().collectGarbage();

    expect(world.target()).toEqual(before);
    expect(before).toEqual(policy === 'Orphan' ? { password: 'one' } : { password: 'one', mine: 'x' });
  });

  test.each(['Owner', 'CreateOrMerge'])(
    'that was deleted comes back at once under %s, as another [ES62]',
    async (policy) => {
      const world = await createSyncedWorld(withPolicy(policy));
      const before = world.cluster().secret(NAMESPACE, 'db')?.uid;
      world.cluster().delete({ kind: 'Secret', ...SECRET });

      await world.sync(DB, { type: 'feed' });

      expect(world.target()).toEqual({ password: 'one' });
      expect(world.cluster().secret(NAMESPACE, 'db')?.uid).not.toBe(before);
    },
  );

  test('under CreatedOnce, immutable, keeps what an object of its name left behind [ES55]', async () => {
    const spec = { refreshPolicy: 'CreatedOnce', target: { creationPolicy: 'Orphan', immutable: true } };
    const world = await createSyncedWorld(externalSecret({ spec }));
    await world.tables.mirror.remove('one', DB, world.object().uid);
    world.cluster().delete(DB);
    world.secrets.manager.put('prod/db', { text: 'two' });

    await world.apply(externalSecret({ spec }));
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });
});
