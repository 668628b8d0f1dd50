import { describe, expect, test } from '@jest/globals';
import { createAcceptAbsence } from '../../../../src/app/accept-absence.ts';
import { ClusterReplacedError } from '../../../../src/app/feed/refuse-replaced.ts';
import type { ServedRef } from '../../../../src/domain/object-ref.ts';
import { PositionExpiredError } from '../../../../src/domain/position-expired-error.ts';
import { formatRemoteKey, type RemoteKey } from '../../../../src/domain/remote-key.ts';
import { ClusterRejectedError, ClusterUnreachableError } from '../../../../src/domain/sync-error.ts';
import type { TargetState } from '../../../../src/domain/sync-state.ts';
import type { TargetSecret } from '../../../../src/domain/target-secret.ts';
import { awsProvider, externalSecret, secretStore } from '../../../support/builders.ts';
import type { FakeCluster } from '../../../support/fake-cluster.ts';
import { createFeedWorld, type FeedWorld } from './feed-world.ts';

const NOISE = { namespace: 'kube-system', name: 'noise' };
const KEY: RemoteKey = { account: '111122223333', region: 'eu-central-1', service: 'secretsmanager', name: 'prod/db' };

const es = (name: string): ServedRef => externalSecret({ name }).ref;
const stateOf = ({ name, uid, resourceVersion }: TargetSecret): TargetState => ({ name, uid, resourceVersion });

/** A world whose feed has seen ExternalSecrets `es-0`, `es-1`, … with their targets, and then ended. */
const createWorldWith = async (count: number) => {
  const world = await createFeedWorld();
  for (let index = 0; index < count; index += 1) {
    const name = `es-${index}`;
    world.put(externalSecret({ name }));
    await world.settled(es(name), { target: stateOf(world.cluster.putSecret({ namespace: 'team-a', name })) });
  }
  const feed = await world.hold();
  await world.elapse(2_000);
  await feed.stop();
  world.woken();
  return world;
};

/** Whoever goes on from before this must list again. */
const expire = ({ cluster }: FeedWorld): void => {
  cluster.putSecret(NOISE, { labels: { at: cluster.resourceVersion } });
  cluster.forgetHistory();
};

const mirrored = async (world: FeedWorld) => (await world.tables.mirror.list('one', 'ExternalSecret')).length;
const errors = (world: FeedWorld) => world.log.lines.filter(({ level }) => level === 'error');

describe('after a gap longer than the history', () => {
  test('objects made, edited and deleted meanwhile are found, and no others are woken [EV8]', async () => {
    const world = await createWorldWith(4);
    world.put({ ref: es('es-1'), labels: { edited: 'yes' } });
    world.put(externalSecret({ name: 'made' }));
    world.cluster.delete(es('es-2'));
    expire(world);

    await world.hold();
    await world.elapse(2_000);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/es-1 feed', 'ExternalSecret/team-a/made feed']);
    expect(await world.tables.mirror.get('one', es('es-2'))).toBeUndefined();
    expect(await world.tables.states.get('one', es('es-2'))).toBeUndefined();
    expect((await world.position('ExternalSecret'))?.resourceVersion).toBe(world.cluster.resourceVersion);
  });

  test.each<[string, (cluster: FakeCluster) => void]>([
    [
      'edited',
      (cluster) => void cluster.putSecret({ namespace: 'team-a', name: 'es-1' }, { labels: { edited: 'yes' } }),
    ],
    ['deleted', (cluster) => cluster.delete({ kind: 'Secret', namespace: 'team-a', name: 'es-1' })],
    [
      'replaced',
      (cluster) => {
        cluster.delete({ kind: 'Secret', namespace: 'team-a', name: 'es-1' });
        cluster.putSecret({ namespace: 'team-a', name: 'es-1' });
      },
    ],
  ])('a target %s meanwhile wakes its ExternalSecret', async (_, change) => {
    const world = await createWorldWith(3);
    change(world.cluster);
    expire(world);

    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/es-1 feed']);
  });

  test('a target that appeared meanwhile wakes its ExternalSecret', async () => {
    const world = await createWorldWith(2);
    await world.settled(es('es-1'));
    world.cluster.delete({ kind: 'Secret', namespace: 'team-a', name: 'es-1' });
    world.cluster.putSecret({ namespace: 'team-a', name: 'es-1' });
    expire(world);

    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/es-1 feed']);
  });

  test('a target we wrote after the list was made wakes nothing', async () => {
    const world = await createWorldWith(2);
    expire(world);
    const { listObjects } = world.cluster.client;
    world.answers = {
      listObjects: async (kind, page, signal) => {
        const list = await listObjects(kind, page, signal);
        const target = { name: 'es-1', uid: 'made-since', resourceVersion: `${list.resourceVersion}0` };
        await world.settled(es('es-1'), { target });
        return list;
      },
    };

    await world.hold();

    expect(world.woken()).toEqual([]);
  });

  test('credentials changed meanwhile wake their store', async () => {
    const world = await createWorldWith(1);
    const secretRef = { accessKeyIDSecretRef: { name: 'keys', key: 'id' } };
    world.put(secretStore({ spec: awsProvider({ auth: { secretRef } }) }));
    const feed = await world.hold();
    await world.settled(secretStore().ref);
    await world.elapse(2_000);
    await feed.stop();
    world.woken();
    world.cluster.putSecret({ namespace: 'team-a', name: 'keys' });
    expire(world);

    await world.hold();

    expect(world.woken()).toEqual(['SecretStore/team-a/aws feed']);
  });

  test('an object made anew under its name is a deletion and a creation', async () => {
    const world = await createWorldWith(2);
    const ref = es('es-1');
    await world.tables.dependants.add([KEY], { cluster: 'one', ref });
    await world.settled(ref, { dependsOn: [formatRemoteKey(KEY)] });
    world.cluster.delete(ref);
    world.put(externalSecret({ name: 'es-1' }));
    expire(world);

    await world.hold();

    expect(world.woken()).toEqual(['ExternalSecret/team-a/es-1 feed']);
    expect((await world.tables.mirror.get('one', ref))?.uid).toBe(world.cluster.object(ref)?.uid);
    expect(await world.tables.states.get('one', ref)).toBeUndefined();
    expect(await world.tables.dependants.of(KEY)).toEqual([]);
  });

  test('a position that expires while it is held is listed anew', async () => {
    const world = await createWorldWith(1);
    await world.hold();
    world.cluster.bookmark();
    await world.rest();
    world.cluster.endWatches();
    world.cluster.delete(es('es-0'));
    expire(world);

    await world.elapse(3_000);

    expect(await mirrored(world)).toBe(0);
    expect(world.metrics.points).toEqual([]); // it is nothing special
  });
});

describe('nothing is forgotten', () => {
  const createGap = async (known = 3) => {
    const world = await createWorldWith(known);
    world.cluster.delete(es('es-0'));
    expire(world);
    return world;
  };

  test('when the second page fails; the list is begun anew', async () => {
    const world = await createGap(600);
    const { listObjects } = world.cluster.client;
    let failures = 1;
    world.answers = {
      listObjects: (kind, page, signal) => {
        if (page.continueToken === undefined || failures === 0) return listObjects(kind, page, signal);
        failures -= 1;
        return Promise.reject(new ClusterUnreachableError('the API server answered 503'));
      },
    };

    await world.hold();
    const early = await mirrored(world);
    await world.elapse(1_000);

    expect(early).toBe(600);
    expect(await mirrored(world)).toBe(599);
  });

  test('when the history ends in the middle of a list; the list is begun anew', async () => {
    const world = await createGap(600);
    const { listObjects } = world.cluster.client;
    let failures = 1;
    world.answers = {
      listObjects: (kind, page, signal) => {
        if (page.continueToken === undefined || failures === 0) return listObjects(kind, page, signal);
        failures -= 1;
        return Promise.reject(new PositionExpiredError('the continue token has expired'));
      },
    };

    await world.hold();
    const early = await mirrored(world);
    await world.elapse(1_000);

    expect(early).toBe(600);
    expect(await mirrored(world)).toBe(599);
  });

  test.each<[string, string, (world: FeedWorld) => void]>([
    ['when a list is forbidden', 'ClusterForbidden', ({ cluster }) => cluster.forbid('list', 'externalsecrets')],
    [
      'when the CRD was removed',
      'ClusterRejected',
      (world) => {
        const { listObjects } = world.cluster.client;
        world.answers = {
          listObjects: (kind, page, signal) =>
            kind === 'ExternalSecret'
              ? Promise.reject(new ClusterRejectedError('the cluster does not serve externalsecrets'))
              : listObjects(kind, page, signal),
        };
      },
    ],
    ['when reads by name are forbidden', 'ClusterForbidden', ({ cluster }) => cluster.forbid('get', 'externalsecrets')],
  ])('%s', async (_, reason, trouble) => {
    const world = await createGap();
    const before = await world.position('ExternalSecret');
    trouble(world);

    await world.hold();
    await world.elapse(5_000);

    expect(await mirrored(world)).toBe(3);
    expect(await world.position('ExternalSecret')).toEqual(before);
    expect(world.metrics.total('FeedFailures', { kind: 'ExternalSecret', reason })).toBeGreaterThan(2);
  });

  test('when a read by name still finds the object', async () => {
    const world = await createWorldWith(3);
    expire(world);
    const { listObjects } = world.cluster.client;
    world.answers = {
      listObjects: async (kind, page, signal) => {
        const list = await listObjects(kind, page, signal);
        return kind === 'ExternalSecret' ? { ...list, items: list.items.slice(1) } : list;
      },
    };

    await world.hold();
    await world.elapse(2_000);

    expect(await mirrored(world)).toBe(3);
  });

  test('when the cluster was rebuilt under its name before it is held', async () => {
    const world = await createGap();
    world.answers = { kubeSystemUid: async () => 'another-cluster' };

    const feed = await world.hold();

    await expect(feed.ended).rejects.toBeInstanceOf(ClusterReplacedError);
    expect(await mirrored(world)).toBe(3);
    expect(world.cluster.requests.count({ verb: 'watch' })).toBe(8); // of the holder before
  });

  test.each([
    ['before its list is taken in', 1],
    ['between its list and the reads by name', 6],
  ])('when the cluster is rebuilt under its name %s', async (_, answersBefore) => {
    const world = await createGap();
    const before = await world.position('ExternalSecret');
    let left = answersBefore;
    const { kubeSystemUid } = world.registered;
    world.answers = { kubeSystemUid: async () => (left-- > 0 ? kubeSystemUid : 'another-cluster') };

    const feed = await world.hold();
    await world.elapse(1_000);

    await expect(feed.ended).rejects.toBeInstanceOf(ClusterReplacedError);
    expect(await mirrored(world)).toBe(3);
    expect(await world.position('ExternalSecret')).toEqual(before);
  });
});

describe('a list that misses', () => {
  test.each([
    ['10 of 20 objects is believed', { known: 20, missing: 10, waits: false }],
    ['11 of 20 objects waits for a person', { known: 20, missing: 11, waits: true }],
    ['11 of 110 objects is believed', { known: 110, missing: 11, waits: false }],
  ])('%s', async (_, { known, missing, waits }) => {
    const world = await createWorldWith(known);
    for (let index = 0; index < missing; index += 1) world.cluster.delete(es(`es-${index}`));
    expire(world);

    await world.hold();
    await world.elapse(1_000);

    expect(await mirrored(world)).toBe(waits ? known : known - missing);
    expect(errors(world)).toHaveLength(waits ? 1 : 0);
    expect(world.metrics.total('MassAbsence', { cluster: 'one', kind: 'ExternalSecret' })).toBe(waits ? 1 : 0);
  });

  const withMassAbsence = async () => {
    const world = await createWorldWith(20);
    for (let index = 0; index < 15; index += 1) world.cluster.delete(es(`es-${index}`));
    expire(world);
    const feed = await world.hold();
    await world.elapse(1_000);
    await feed.stop();
    expect(await mirrored(world)).toBe(20);
    return world;
  };
  const accept = async (world: FeedWorld) => {
    const accepted = await createAcceptAbsence({ clusters: world.tables.clusters, clock: world.clock })('one');
    world.registered = accepted ?? world.registered;
  };

  test('very many is believed once a person said so, although its position is no longer of that list', async () => {
    const world = await withMassAbsence();

    await accept(world);
    await world.hold();
    await world.elapse(1_000);

    expect(await mirrored(world)).toBe(5);
  });

  test('very many that reads by name still find forgets nothing, whatever a person said', async () => {
    const world = await withMassAbsence();
    world.answers = { readObject: async (ref) => world.tables.mirror.get('one', ref) };

    await accept(world);
    await world.hold();
    await world.elapse(1_000);

    expect(await mirrored(world)).toBe(20);
  });

  test('very many waits again half an hour after a person said so', async () => {
    const world = await withMassAbsence();
    await accept(world);
    await world.clock.advance(30 * 60_000);
    expire(world);

    await world.hold();
    await world.elapse(1_000);

    expect(await mirrored(world)).toBe(20);
  });
});

describe('a registration for some namespaces', () => {
  const inNamespaces = async (...namespaces: readonly string[]) => {
    const world = await createFeedWorld();
    world.put(externalSecret(), externalSecret({ namespace: 'team-b' }), externalSecret({ namespace: 'team-c' }));
    const feed = await world.hold();
    await world.elapse(2_000);
    await feed.stop();
    world.woken();
    await world.register({ namespaces });
    return world;
  };

  test('watches those alone, and what has no namespace', async () => {
    const world = await inNamespaces('team-a', 'team-b');
    world.cluster.forbid('*', 'externalsecrets', 'team-c');
    await world.hold();
    world.woken();

    for (const namespace of ['team-a', 'team-b', 'team-c'])
      world.put({ ref: externalSecret({ namespace }).ref, labels: { edited: 'yes' } });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db feed', 'ExternalSecret/team-b/db feed']);
    expect(world.cluster.openWatches).toBe(2 + 4 * 2);
    expect(await world.position('ExternalSecret', 'team-c')).toBeUndefined();
  });

  test('forgets nothing of the others, and wakes nothing there', async () => {
    const world = await inNamespaces('team-a');
    world.cluster.delete(externalSecret({ namespace: 'team-b' }).ref);
    world.cluster.delete(externalSecret().ref);

    await world.hold();
    await world.elapse(1_000);

    expect(await world.mirroredRefs()).toEqual(['ExternalSecret/team-b/db', 'ExternalSecret/team-c/db']);
    expect(world.woken().filter((woken) => !woken.includes('team-a'))).toEqual([]);
  });

  test('wakes nobody in the others when their namespace changes', async () => {
    const world = await createFeedWorld();
    const spec = { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } };
    world.put(externalSecret({ spec }), externalSecret({ namespace: 'team-b', spec }));
    await world.settled(externalSecret().ref);
    const feed = await world.hold();
    await world.elapse(2_000);
    await feed.stop();
    await world.register({ namespaces: ['team-a'] });
    await world.hold();
    world.woken();

    for (const name of ['team-a', 'team-b'])
      world.put({ ref: { kind: 'Namespace', namespace: '', name }, labels: { changed: 'yes' } });
    await world.elapse(250);

    expect(world.woken()).toEqual(['ExternalSecret/team-a/db store']);
  });
});
