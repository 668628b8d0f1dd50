import { describe, expect, test } from '@jest/globals';
import {
  ClusterRejectedError,
  ClusterUnreachableError,
  StoreUnavailableError,
} from '../../../src/domain/sync-error.ts';
import type { OwnerReference } from '../../../src/domain/target-secret.ts';
import { externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB, type World } from '../../support/world.ts';

type Target = Readonly<Record<string, unknown>>;

const SECRET = { namespace: NAMESPACE, name: 'db' };
const withTarget = (target: Target) => externalSecret({ spec: { target } });
/** `prod/db` holds `one`; nothing is applied yet. */
const emptyWorld = async (): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  return world;
};
const owner = (overrides: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  name: 'other',
  uid: 'other-uid',
  controller: true,
  ...overrides,
});
const applied = async (world: World, target: Target = {}): Promise<World> => {
  await world.apply(secretStore(), withTarget(target));
  await world.settle();
  return world;
};

describe('a Secret made by Helm', () => {
  test.each([
    ['Owner', { password: 'one' }],
    ['Merge', { password: 'one', helm: 'x' }],
    ['CreateOrMerge', { password: 'one', helm: 'x' }],
  ])('is adopted under %s', async (creationPolicy, expected) => {
    const world = await emptyWorld();
    world.cluster().putSecret(SECRET, { data: values({ password: 'old', helm: 'x' }) }, 'helm');

    await applied(world, { creationPolicy });

    expect(world.target()).toEqual(expected);
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('is not touched under None, and nothing is bound to it [ES78]', async () => {
    const world = await emptyWorld();
    const before = world.cluster().putSecret(SECRET, { data: values({ helm: 'x' }) }, 'helm');

    await applied(world, { creationPolicy: 'None' });

    expect(world.cluster().secret(NAMESPACE, 'db')).toEqual(before);
    expect(world.ready()).toBe('True SecretSynced: secret synced');
    expect((await world.state())?.status.binding).toEqual({ name: '' });
  });

  test('keeps its content while the remote key is missing, and is synced by the later event', async () => {
    const world = await createWorld();
    world.cluster().putSecret(SECRET, { data: values({ password: 'helm' }) }, 'helm');
    await applied(world);

    expect(world.target()).toEqual({ password: 'helm' });
    expect(world.ready()).toBe('False SecretSyncedError: could not get secret data from provider');

    await world.rotate('prod/db', 'one');
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });
});

describe('Merge', () => {
  test('into a Secret that is missing is no failure [ES74]', async () => {
    const world = await applied(await emptyWorld(), { creationPolicy: 'Merge' });

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toBe('True SecretMissing: secret will not be created due to CreationPolicy=Merge');
    expect((await world.state())?.failures).toBe(0);
  });

  test('finds a Secret that was made since at the interval', async () => {
    const world = await applied(await emptyWorld(), { creationPolicy: 'Merge' });
    world.cluster().putSecret(SECRET, { data: values({ mine: 'x' }) });

    await world.elapse(3_600_000);

    expect(world.target()).toEqual({ mine: 'x', password: 'one' });
  });

  test('with deletionPolicy Merge leaves only what was there before when the remote key goes [ES75]', async () => {
    const world = await emptyWorld();
    world.cluster().putSecret(SECRET, { data: values({ mine: 'x' }) });
    await applied(world, { creationPolicy: 'Merge', deletionPolicy: 'Merge' });

    world.secrets.manager.delete('prod/db');
    await world.announce('prod/db');
    await world.settle();

    expect(world.target()).toEqual({ mine: 'x' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });
});

describe('a target renamed', () => {
  const renamed = withTarget({ name: 'new' });

  test('under Owner is made anew, and the old one deleted [ES79]', async () => {
    const world = await createSyncedWorld();

    await world.apply(renamed);
    await world.settle();

    expect(world.target()).toBeUndefined();
    expect(world.target('new')).toEqual({ password: 'one' });
    expect(world.events().slice(-2)).toEqual([
      'Normal Deleted: secret deleted because it was orphaned',
      'Normal Created: secret created',
    ]);
    expect((await world.state())?.status.binding).toEqual({ name: 'new' });
  });

  test('under Owner deletes it although the provider has nothing to keep any more', async () => {
    const world = await createSyncedWorld(withTarget({ deletionPolicy: 'Delete' }));
    world.secrets.manager.delete('prod/db');

    await world.apply(withTarget({ name: 'new', deletionPolicy: 'Delete' }));
    await world.settle();

    expect(world.target()).toBeUndefined();
    expect(world.events().slice(-2)).toEqual(
      [
        'Normal Deleted: secret deleted because it was orphaned',
        'Normal MissingProviderSecret: secret does not exist at provider using spec.dataFrom[0] (key=prod/db)',
      ].toReversed(),
    );
  });

  test('under Owner deletes one that was made and never remembered', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    await world.apply(secretStore(), externalSecret());
    world.before = (call) => {
      if (call === 'states.put' && world.target() !== undefined) throw new Error('the process ended');
    };
    await expect(world.settle()).rejects.toThrow('the process ended');
    world.before = () => undefined;
    world.secrets.fail({ operation: 'read' }, () => new StoreUnavailableError('throttled'), 1);
    await world.settle();

    await world.apply(renamed);
    await world.settle();

    expect(world.target('new')).toEqual({ password: 'one' });
    expect(world.target()).toBeUndefined();
  });

  test('under another policy leaves the old one', async () => {
    const world = await createSyncedWorld(withTarget({ creationPolicy: 'Orphan' }));

    await world.apply(withTarget({ creationPolicy: 'Orphan', name: 'new' }));
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.target('new')).toEqual({ password: 'one' });
  });

  test('leaves a Secret that only carries the label of another’s work', async () => {
    const world = await createSyncedWorld();
    const { labels = {} } = world.cluster().secret(NAMESPACE, 'db') ?? {};
    const { 'reconcile.external-secrets.io/managed': _, ...copied } = labels;
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'copy' }, { labels: copied, data: values({ a: 'b' }) });

    await world.apply(renamed);
    await world.settle();

    expect(world.target('copy')).toEqual({ a: 'b' });
  });

  test('keeps the old one and says so while it cannot be deleted', async () => {
    const world = await createSyncedWorld();
    world.cluster().forbid('delete', 'secrets');

    await world.apply(renamed);
    await world.settle();

    expect(world.ready()).toBe('False SecretSyncedError: could not delete orphaned secrets');
    expect(world.target()).toEqual({ password: 'one' });
    world.cluster().heal();
    await world.elapse(60_000);
    expect(world.target()).toBeUndefined();
    expect(world.target('new')).toEqual({ password: 'one' });
  });
});

describe('an immutable target', () => {
  test('keeps its data, and that is success [ES55]', async () => {
    const world = await createSyncedWorld(withTarget({ immutable: true }));

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('is made again immutable when it was deleted [ES84]', async () => {
    const world = await createSyncedWorld(withTarget({ immutable: true }));
    world.cluster().delete({ kind: 'Secret', ...SECRET });

    await world.sync(DB, { type: 'feed' });

    expect(world.cluster().secret(NAMESPACE, 'db')).toMatchObject({ immutable: true });
  });

  test('that somebody froze is refused, once', async () => {
    const world = await createSyncedWorld();
    world.cluster().putSecret(SECRET, { immutable: true });

    await world.rotate('prod/db', 'two');
    await world.elapse(600_000);

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('False SecretSyncedError: could not update secret, target is immutable');
    expect(world.events().at(-1)).toBe('Warning UpdateFailed: unable to update secret db: secret is immutable');
    expect((await world.state())?.failures).toBe(1);
    expect((await world.state())?.target?.resourceVersion).toBe(
      world.cluster().secret(NAMESPACE, 'db')?.resourceVersion,
    );
  });
});

describe('a target that somebody else owns', () => {
  test.each(['Owner', 'Merge', 'Orphan', 'CreateOrMerge'])(
    'as another ExternalSecret is refused under %s, and not retried until its interval [ES85]',
    async (creationPolicy) => {
      const world = await emptyWorld();
      world.cluster().putSecret(SECRET, { data: values({ a: 'b' }), ownerReferences: [owner()] });

      await applied(world, { creationPolicy });
      await world.elapse(600_000);

      expect(world.target()).toEqual({ a: 'b' });
      expect(world.ready()).toBe('False SecretSyncedError: target is owned by another ExternalSecret');
      expect(world.events().at(-1)).toBe(
        'Warning UpdateFailed: unable to mutate secret db: secret is owned by another ExternalSecret: other',
      );
      expect((await world.state())?.failures).toBe(1);
    },
  );

  test('as anything else is refused under Owner', async () => {
    const world = await emptyWorld();
    const reference = owner({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' });
    world.cluster().putSecret(SECRET, { data: values({ a: 'b' }), ownerReferences: [reference] });

    await applied(world);

    expect(world.target()).toEqual({ a: 'b' });
    expect(world.ready()).toBe('False SecretSyncedError: failed to take ownership of target secret');
  });

  test('is taken over from an ExternalSecret of the same name', async () => {
    const world = await emptyWorld();
    world.cluster().putSecret(SECRET, { ownerReferences: [owner({ name: 'db', uid: 'earlier' })] });

    await applied(world);

    expect(world.cluster().secret(NAMESPACE, 'db')?.ownerReferences).toMatchObject([{ uid: world.object().uid }]);
  });
});

describe('a write that the cluster refuses', () => {
  test('of an existing Secret is reported with its cause in the event', async () => {
    const world = await createSyncedWorld();
    world.cluster().fail('replaceSecret', new ClusterRejectedError('denied by admission'));

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('False SecretSyncedError: could not update secret');
    expect(world.events().at(-1)).toBe('Warning UpdateFailed: unable to update secret db: denied by admission');
    await world.elapse(60_000);
    expect(world.target()).toEqual({ password: 'two' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('of a new Secret is reported as it is', async () => {
    const world = await emptyWorld();
    world.cluster().fail('createSecret', new ClusterRejectedError('quota exceeded'));

    await applied(world);

    expect(world.ready()).toBe('False SecretSyncedError: could not update secret');
    expect(world.events().at(-1)).toBe('Warning UpdateFailed: quota exceeded');
  });
});

describe('before a target is made', () => {
  test('a mirror that is not fresh is compared with the cluster: the object is gone', async () => {
    const world = await createSyncedWorld();
    world.cluster().delete({ kind: 'Secret', ...SECRET });
    world.cluster().delete(DB);

    await world.sync();

    expect(world.target()).toBeUndefined();
  });

  test('a mirror that is not fresh is compared with the cluster: the object was edited', async () => {
    const world = await createSyncedWorld();
    world.cluster().put(DB, { spec: withTarget({ name: 'new' }).spec });
    world.cluster().delete({ kind: 'Secret', ...SECRET });

    await world.sync();

    expect(world.target()).toBeUndefined();
  });

  test('a mirror that is fresh is trusted', async () => {
    const world = await emptyWorld();
    await applied(world);

    expect(world.cluster().requests.count({ verb: 'get', resource: 'externalsecrets' })).toBe(0);
  });

  test('an object that cannot be looked at fails the sync', async () => {
    const world = await createSyncedWorld();
    world.cluster().delete({ kind: 'Secret', ...SECRET });
    world.cluster().fail('readObject', new ClusterUnreachableError('no answer'));

    await world.sync();

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toBe('False SecretSyncedError: could not update secret');
  });
});
