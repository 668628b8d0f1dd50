import { describe, expect, test } from '@jest/globals';
import { createEndOutages } from '../../../src/app/end-outages.ts';
import type { ClusterClient } from '../../../src/app/ports/cluster-client.ts';
import { createSpareSilentClusters } from '../../../src/app/spare-silent-clusters.ts';
import { unreachable } from '../../../src/app/unreachable-client.ts';
import { ClusterForbiddenError, ClusterSilentError, ClusterUnreachableError } from '../../../src/domain/sync-error.ts';
import { NAMESPACE, registration } from '../../support/builders.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeCluster } from '../../support/fake-cluster.ts';
import { createFakeLog } from '../../support/fake-log.ts';
import { createFakeMessages } from '../../support/fake-messages.ts';
import { createFakeTables } from '../../support/fake-tables.ts';

const REF = { namespace: NAMESPACE, name: 'db' };
const OBJECT = { kind: 'ExternalSecret', namespace: NAMESPACE, name: 'db' } as const;

/** Containers of the service before one cluster, `one`, whose answers the test chooses. */
const createScene = () => {
  const clock = createFakeClock({ sleeps: 'wait' });
  const tables = createFakeTables(clock);
  const messages = createFakeMessages();
  let asked = 0;
  let answer: () => Promise<undefined> = async () => undefined;
  const readSecret: ClusterClient['readSecret'] = () => {
    asked += 1;
    return answer();
  };
  const client: ClusterClient = { ...createFakeCluster().client, readSecret, kubeSystemUid: async () => 'uid' };
  const deps = {
    ...tables,
    messages,
    clock,
    log: createFakeLog(),
    traceId: () => 'trace',
    clients: async () => client,
  };
  return {
    clock,
    tables,
    messages,
    deps,
    open: createSpareSilentClusters(deps),
    asked: () => asked,
    answers: (next: () => Promise<undefined>) => {
      answer = next;
    },
  };
};

const silent = () => Promise.reject(new ClusterSilentError('get secrets: no answer in time'));
const never = () => new Promise<undefined>(() => undefined);

/** One message that reads one target. */
const read = async ({ open }: ReturnType<typeof createScene>) => (await open('one')).readSecret(REF);

describe('a cluster that is busy', () => {
  test('and answers others meanwhile is not silent, however long one call waits', async () => {
    const scene = createScene();
    scene.answers(never);
    void read(scene);
    await scene.clock.advance(0); // the call is made
    scene.answers(async () => undefined);

    for (let step = 0; step < 80; step += 1) {
      await scene.clock.advance(50);
      await read(scene);
    }

    expect(await scene.tables.outages.get('one')).toBeUndefined();
    await scene.clock.advance(249);
    expect(await scene.tables.outages.get('one')).toBeUndefined();
    await scene.clock.advance(1);
    expect(await scene.tables.outages.get('one')).toMatchObject({ since: scene.clock.now() });
  });

  test('is not taken for silent by a container that was paused itself', async () => {
    const scene = createScene();
    scene.answers(never);
    void read(scene);
    await scene.clock.advance(0); // the call is made

    await scene.clock.advance(3_000); // in one leap: what was answered meanwhile is not read yet
    expect(await scene.tables.outages.get('one')).toBeUndefined();
    await scene.clock.advance(100);

    expect(await scene.tables.outages.get('one')).toMatchObject({ since: scene.clock.now() });
  });
});

describe('a cluster that does not answer', () => {
  test('is known to be down once a first call waited for a second, while the call still waits', async () => {
    const scene = createScene();
    scene.answers(never);
    void read(scene);
    await scene.clock.advance(0); // the call is made
    await scene.clock.advance(999);
    expect(await scene.tables.outages.get('one')).toBeUndefined();

    await scene.clock.advance(1);

    expect(await scene.tables.outages.get('one')).toMatchObject({ since: scene.clock.now() });
  });

  test('holds one who asks until the deadline, and all others for a second', async () => {
    const scene = createScene();
    scene.answers(never);
    void read(scene);
    const second = expect(read(scene)).rejects.toThrow('another call waits for it');
    await scene.clock.advance(0); // the calls are made

    await scene.clock.advance(1_000);

    await second;
    expect(scene.asked()).toBe(2);
  });

  test('holds nobody for longer than a quarter of a second where it used to answer at once', async () => {
    const scene = createScene();
    await read(scene);
    scene.answers(never);
    void read(scene);
    const second = expect(read(scene)).rejects.toThrow('another call waits for it');
    await scene.clock.advance(0); // the calls are made

    await scene.clock.advance(250);

    await second;
  });

  test('is said to be down since its first silence, by whoever waited and by whoever need not', async () => {
    const scene = createScene();
    scene.answers(silent);
    const client = await scene.open('one');
    const since = { downSince: scene.clock.now() };

    await expect(client.readSecret(REF)).rejects.toMatchObject(since);
    await scene.clock.advance(2_000);
    await expect(client.readSecret(REF)).rejects.toMatchObject(since);
    await expect(read(scene)).rejects.toMatchObject(since);
  });

  test('is asked nothing more by the same message, nor by any other', async () => {
    const scene = createScene();
    scene.answers(silent);
    const client = await scene.open('one');

    await expect(client.readSecret(REF)).rejects.toThrow(ClusterSilentError);
    await expect(client.readSecret(REF)).rejects.toThrow(ClusterSilentError);
    await expect(read(scene)).rejects.toThrow(ClusterUnreachableError);

    expect(scene.asked()).toBe(1);
  });

  test('is asked by one, however many want to, when the pause is over', async () => {
    const scene = createScene();
    scene.answers(silent);
    await read(scene).catch(() => undefined);
    await scene.clock.advance(6_000);

    await Promise.allSettled([1, 2, 3].map(() => read(scene)));

    expect(scene.asked()).toBe(2);
  });

  test('is asked by whoever has something to ask: a message that needs nothing of it takes nobody its turn', async () => {
    const scene = createScene();
    scene.answers(silent);
    await read(scene).catch(() => undefined);
    await scene.clock.advance(6_000);
    scene.answers(async () => undefined);

    await scene.open('one');
    await read(scene);

    expect(scene.asked()).toBe(2);
  });

  const client = unreachable(new ClusterSilentError('no answer in time'));
  const calls = Object.keys(client).filter((call) => call !== 'watchObjects') as (keyof ClusterClient)[];

  test.each(calls)('is known to be down whatever it was asked for: %s', async (call) => {
    const scene = createScene();
    const open = createSpareSilentClusters({ ...scene.deps, clients: async () => client });
    const ask = (await open('one'))[call] as () => Promise<unknown>;

    await expect(ask()).rejects.toThrow(ClusterSilentError);

    expect(await scene.tables.outages.get('one')).toBeDefined();
  });

  test('is asked at least every 15 s, however long it has been away', async () => {
    const scene = createScene();
    scene.answers(silent);
    await read(scene).catch(() => undefined);
    await scene.clock.advance(3_600_000);
    await read(scene).catch(() => undefined);
    await scene.clock.advance(15_000);

    await read(scene).catch(() => undefined);

    expect(scene.asked()).toBe(3);
  });
});

describe('a cluster that answers again', () => {
  const outOfService = async () => {
    const scene = createScene();
    scene.answers(silent);
    await scene.tables.clusters.put(registration({ name: 'one' }));
    const state = { uid: 'uid', status: { conditions: [] }, versions: [], dependsOn: [], stores: [], dueAt: 9 };
    await scene.tables.states.put('one', OBJECT, { expected: 0, state: { ...state, failures: 3 } });
    const well = { ...OBJECT, name: 'well' };
    await scene.tables.states.put('one', well, { expected: 0, state: { ...state, failures: 0 } });
    await read(scene).catch(() => undefined);
    await scene.clock.advance(6_000);
    return scene;
  };

  test.each<[string, () => Promise<undefined>]>([
    ['with what was asked for', async () => undefined],
    ['with a refusal', () => Promise.reject(new ClusterForbiddenError('get secrets is forbidden'))],
  ])('%s is up for everybody, and what failed meanwhile is looked at at once', async (_, answer) => {
    const scene = await outOfService();
    scene.answers(answer);

    await read(scene).catch(() => undefined);

    expect(await scene.tables.outages.get('one')).toBeUndefined();
    expect(scene.messages.sent.map(({ request }) => request.objects)).toEqual([[OBJECT]]);
  });

  test('is found by whoever looks every few seconds, without any message', async () => {
    const scene = await outOfService();
    const clients = createSpareSilentClusters(scene.deps);
    const over = new AbortController();
    const ending = createEndOutages({ ...scene.deps, registry: scene.tables.clusters, clients })(over.signal);

    await scene.clock.advance(5_000);
    await new Promise(setImmediate);

    expect(await scene.tables.outages.get('one')).toBeUndefined();
    over.abort();
    await ending;
  });

  test('a cluster that always answers costs no write', async () => {
    const scene = createScene();

    await read(scene);

    expect(await scene.tables.outages.get('one')).toBeUndefined();
    expect(scene.messages.sent).toEqual([]);
  });
});
