import { describe, expect, test } from '@jest/globals';
import { externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB, type World } from '../../support/world.ts';

const SECRET = { namespace: NAMESPACE, name: 'db' };
const MINUTE = 60_000;
const CONTESTED = 'False SecretSyncedError: target is changed again and again by another field manager: argocd';

/** Another tool writes the target whenever it is not as that tool wants it; the feed tells of each write. */
const fight = (world: World, content: Readonly<Record<string, string>> = { password: 'git' }): { writes: number } => {
  const tool = { writes: 0 };
  world.cluster().after(
    'replaceSecret',
    () => {
      tool.writes += 1;
      edit(world, content);
    },
    Number.POSITIVE_INFINITY,
  );
  edit(world, content);
  return tool;
};
const edit = (world: World, content: Readonly<Record<string, string>>): void => {
  const { resourceVersion } = world.cluster().putSecret(SECRET, { data: values(content) }, 'argocd');
  world.enqueue(world.request([{ ...DB, targetResourceVersion: resourceVersion }], { type: 'feed' }));
};

describe('a target that another manager keeps rewriting', () => {
  test('is corrected three times at once, then less and less often', async () => {
    const world = await createSyncedWorld();
    const tool = fight(world);

    await world.elapse(1_000);
    expect(tool.writes).toBe(3);
    await world.elapse(6 * MINUTE);
    expect(tool.writes).toBe(8);
    await world.elapse(60 * MINUTE);
    expect(tool.writes).toBeLessThanOrEqual(8 + 10);
    expect(tool.writes).toBeGreaterThanOrEqual(8 + 8);
  });

  test('costs its cluster nothing while a correction waits', async () => {
    const world = await createSyncedWorld();
    fight(world);
    await world.elapse(6 * MINUTE);
    world.cluster().requests.reset();
    world.secrets.forgetCalls();

    for (let second = 0; second < 30; second += 1) {
      edit(world, { password: `git ${second}` });
      await world.elapse(1_000);
    }

    expect(world.cluster().requests.all()).toEqual({});
    expect(world.secrets.calls()).toEqual([]);
  });

  test('is not ready, and condition and event name the other', async () => {
    const world = await createSyncedWorld();
    fight(world);

    await world.elapse(3 * MINUTE);

    expect(world.ready()).toBe(CONTESTED);
    expect(world.events().filter((event) => event.startsWith('Warning'))).toEqual([
      'Warning TargetContested: target is changed again and again by another field manager: argocd; it is corrected less often until that ends',
    ]);
  });

  test('is ready again when the other stops, and corrected at once from then on', async () => {
    const world = await createSyncedWorld();
    fight(world);
    await world.elapse(30 * MINUTE);
    world.cluster().heal();

    await world.elapse(25 * MINUTE);

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
    edit(world, { password: 'once' });
    await world.settle();
    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('gets a new value at once', async () => {
    const world = await createSyncedWorld();
    const writes = world.watchWrites();
    fight(world);
    await world.elapse(30 * MINUTE);

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(writes.at(-1)).toEqual({ password: 'two' });
  });

  test('is corrected at once for a person, and after an edit of its object', async () => {
    const world = await createSyncedWorld();
    const tool = fight(world);
    await world.elapse(6 * MINUTE);
    const before = tool.writes;

    await world.sync();
    await world.apply(externalSecret({ annotations: { 'force-sync': '1' } }));
    await world.settle();

    expect(tool.writes).toBe(before + 2);
  });

  test('is not corrected more often for an interval of seconds', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { refreshInterval: '2s' } }));
    const tool = fight(world);

    await world.elapse(30 * MINUTE);

    expect(tool.writes).toBeLessThanOrEqual(14);
  });
});

describe('other things that happen to a target', () => {
  test('deletions again and again are a contest too', async () => {
    const world = await createSyncedWorld();
    let deletions = 0;
    const remove = (): void => {
      deletions += 1;
      world.cluster().delete({ kind: 'Secret', ...SECRET });
      world.enqueue(world.request([DB], { type: 'feed' }));
    };
    world.cluster().after('createSecret', remove, Number.POSITIVE_INFINITY);
    remove();

    await world.elapse(30 * MINUTE);

    expect(deletions).toBeLessThanOrEqual(14);
    expect(world.ready()).toBe(
      'False SecretSyncedError: target is deleted or changed again and again by somebody else',
    );
  });

  test('changes of others to their own keys of a shared Secret slow us down, and are no fault', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    world.cluster().putSecret(SECRET, { data: values({ counter: '0' }) }, 'argocd');
    await world.apply(secretStore(), externalSecret({ spec: { target: { creationPolicy: 'Merge' } } }));
    await world.settle();
    world.cluster().requests.reset();

    for (let minute = 1; minute <= 30; minute += 1) {
      edit(world, { counter: String(minute), password: 'one' });
      await world.elapse(MINUTE);
    }

    expect(world.cluster().requests.count({ verb: 'update', resource: 'secrets' })).toBeLessThanOrEqual(12);
    expect(world.target()).toEqual({ counter: '30', password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
  });

  test('content that somebody made look like ours is put right at the next refresh', async () => {
    const world = await createSyncedWorld();
    const other = await createSyncedWorld();
    await other.rotate('prod/db', 'forged');
    await other.settle();
    const { data, labels, annotations } = other.cluster().secret(NAMESPACE, 'db') ?? {};
    world
      .cluster()
      .putSecret(SECRET, { ...(data && { data }), ...(labels && { labels }), ...(annotations && { annotations }) });
    await world.sync(DB, { type: 'feed' });
    expect(world.target()).toEqual({ password: 'forged' });

    await world.elapse(60 * MINUTE);

    expect(world.target()).toEqual({ password: 'one' });
  });

  test('a deleted Orphan comes back at the interval, without any event [ES63]', async () => {
    const world = await createSyncedWorld(externalSecret({ spec: { target: { creationPolicy: 'Orphan' } } }));
    world.cluster().delete({ kind: 'Secret', ...SECRET });
    await world.sync(DB, { type: 'feed' });
    expect(world.target()).toBeUndefined();

    await world.elapse(60 * MINUTE);

    expect(world.target()).toEqual({ password: 'one' });
  });
});
