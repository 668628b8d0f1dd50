import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import { clusterExternalSecret, namespace } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

const SHARED: ServedRef = { kind: 'ClusterExternalSecret', namespace: '', name: 'shared' };
const A: ServedRef = { kind: 'ExternalSecret', namespace: 'team-a', name: 'shared' };
const MINUTE = 60_000;
const CONTESTED = 'external secret is changed again and again by another field manager: argocd';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await world.apply(namespace('team-a', { team: 'a' }), namespace('team-b', { team: 'b' }), clusterExternalSecret());
  await settle();
});

/** The feed sees what is there, and what waits is done. */
const settle = async (): Promise<void> => {
  for (const kind of ['Namespace', 'ExternalSecret', 'ClusterExternalSecret'] as const)
    for (const { ref } of world.cluster().objects(kind)) await world.seen(ref);
  await world.settle();
};

/** Another tool writes the ExternalSecret whenever it is not as that tool wants it; the feed tells of each write. */
const edit = (manager = 'argocd', ref = A): void => {
  world.cluster().put(ref, { labels: { by: manager } }, manager);
  world.enqueue(world.request([SHARED], { type: 'feed' }));
};
const isAsWanted = (ref = A): boolean => world.object(ref).labels['by'] === undefined;

/** For so long, a look and an edit each second. @returns how often the edit was put right */
const fight = async (seconds: number): Promise<number> => {
  let corrections = 0;
  for (let second = 0; second < seconds; second += 1) {
    edit();
    await settle();
    if (isAsWanted()) corrections += 1;
    await world.elapse(1_000);
    await settle();
  }
  return corrections;
};

const status = () => parseStatus(world.object(SHARED));

describe('an ExternalSecret that another manager keeps rewriting', () => {
  test('is put right three times at once, then less and less often', async () => {
    expect(await fight(3)).toBe(3);
    expect(await fight(60)).toBeLessThanOrEqual(4);
  });

  test('costs its cluster nothing while a correction waits', async () => {
    await fight(100);
    world.cluster().requests.reset();
    edit();
    await settle();
    edit();
    await settle();

    expect(world.cluster().requests.all()).toEqual({});
  });

  test('is a failed namespace, and condition and event name the other', async () => {
    await fight(30);

    expect(status().failedNamespaces).toEqual([{ namespace: 'team-a', reason: CONTESTED }]);
    expect(status().provisionedNamespaces).toEqual(['team-b']);
    expect(status().conditions).toMatchObject([{ status: 'False' }]);
    expect(world.events().filter((event) => event.includes('Contested'))).toEqual([
      `Warning ExternalSecretContested: team-a: ${CONTESTED}; it is corrected less often until that ends`,
    ]);
  });

  test('is put right and provisioned again when the other stops', async () => {
    await fight(30);

    await world.elapse(30 * MINUTE);

    expect(isAsWanted()).toBe(true);
    expect(status().failedNamespaces).toBeUndefined();
    expect(status().provisionedNamespaces).toEqual(['team-a', 'team-b']);
  });

  test('does not hold back other namespaces, nor an edit of the object, nor a person', async () => {
    await fight(100);
    edit('kubectl', { ...A, namespace: 'team-b' });
    edit();
    await settle();
    expect(isAsWanted({ ...A, namespace: 'team-b' })).toBe(true);
    expect(isAsWanted()).toBe(false);

    await world.sync(SHARED, { type: 'person' });
    expect(isAsWanted()).toBe(true);

    edit();
    await world.apply(clusterExternalSecret({ spec: { refreshTime: '2h' } }));
    await settle();
    expect(isAsWanted()).toBe(true);
  });

  test('is removed at once where its namespace is no longer selected', async () => {
    await fight(100);
    world.cluster().put({ kind: 'Namespace', namespace: '', name: 'team-a' }, { labels: {} });
    world.enqueue(world.request([SHARED], { type: 'feed' }));

    await settle();

    expect(world.cluster().object(A)).toBeUndefined();
  });

  test('is a contest too when it is deleted again and again', async () => {
    for (let second = 0; second < 30; second += 1) {
      world.cluster().delete(A);
      await world.tables.mirror.remove('one', A, (await world.tables.mirror.get('one', A))?.uid ?? '');
      world.enqueue(world.request([SHARED], { type: 'feed' }));
      await settle();
      await world.elapse(1_000);
    }

    expect(status().failedNamespaces).toEqual([
      { namespace: 'team-a', reason: 'external secret is deleted or changed again and again by somebody else' },
    ]);
  });

  test('is still known as contested after a pass that could not look', async () => {
    await fight(30);
    world
      .cluster()
      .put(SHARED, { spec: { ...(clusterExternalSecret().spec as object), namespaceSelector: { matchLabels: 1 } } });
    world.enqueue(world.request([SHARED], { type: 'feed' }));
    await settle();

    expect((await world.state(SHARED))?.provisioning?.contests).toMatchObject({ 'team-a': { by: 'argocd' } });
  });
});
