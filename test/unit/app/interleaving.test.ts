import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from '@jest/globals';
import { externalSecret, NAMESPACE, values } from '../../support/builders.ts';
import { createSyncedWorld, DB, type World } from '../../support/world.ts';

type Runner = 'first' | 'second';

/** Runs work whose port calls are counted, and which stops before one of them until it is let go on. */
class Conductor {
  readonly #running = new AsyncLocalStorage<Runner>();
  readonly #counts = { first: 0, second: 0 };
  readonly #gates = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() };
  readonly #stopped = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() };
  readonly #stops: Readonly<Record<Runner, number>>;

  constructor(world: World, stops: Readonly<Record<Runner, number>>) {
    this.#stops = stops;
    world.before = async () => {
      const runner = this.#running.getStore();
      if (runner === undefined) return;
      this.#counts[runner] += 1;
      if (this.#counts[runner] !== this.#stops[runner]) return;
      this.#stopped[runner].resolve();
      await this.#gates[runner].promise;
    };
  }

  /** Begins, and comes back when the work is stopped or over. */
  async begin(runner: Runner, work: () => Promise<void>): Promise<{ readonly finish: () => Promise<void> }> {
    const done = this.#running.run(runner, work);
    await Promise.race([done, this.#stopped[runner].promise]);
    return {
      finish: async () => {
        this.#gates[runner].resolve();
        await done;
      },
    };
  }

  count(runner: Runner): number {
    return this.#counts[runner];
  }
}

const NEVER = Number.POSITIVE_INFINITY;
const byEvent = (world: World) => world.sync(DB, { type: 'event', eventId: 'e' });

const callsOfOne = async (): Promise<number> => {
  const world = await createSyncedWorld();
  const conductor = new Conductor(world, { first: NEVER, second: NEVER });
  world.secrets.manager.put('prod/db', { text: 'two' });
  const run = await conductor.begin('first', () => byEvent(world));
  await run.finish();
  return conductor.count('first');
};

/** No write of a content after one of a later content. */
const expectForwards = (writes: readonly Readonly<Record<string, string>>[]): void => {
  const order = ['one', 'two', 'three'];
  const seen = writes.map(({ password = '' }) => order.indexOf(password));
  expect(seen).toEqual(seen.toSorted());
};

describe('two syncs of one target', () => {
  test('never bring an older value after a newer one, wherever each is stopped', async () => {
    const calls = await callsOfOne();
    expect(calls).toBeGreaterThan(10);

    for (let first = 1; first <= calls; first += 1)
      for (let second = 1; second <= calls; second += 1) {
        const world = await createSyncedWorld();
        const writes = world.watchWrites();
        const conductor = new Conductor(world, { first, second });
        world.secrets.manager.put('prod/db', { text: 'two' });
        const older = await conductor.begin('first', () => byEvent(world));
        await world.clock.advance(2_000);
        await world.rotate('prod/db', 'three');
        const newer = await conductor.begin('second', () => byEvent(world));
        await older.finish();
        await newer.finish();
        await world.elapse(120_000);

        expectForwards(writes);
        expect(world.target()).toEqual({ password: 'three' });
        expect(world.ready()).toBe('True SecretSynced: secret synced');
        const { resourceVersion } = world.cluster().secret(NAMESPACE, 'db') ?? {};
        expect((await world.state())?.target?.resourceVersion).toBe(resourceVersion);
      }
  }, 120_000);

  test('never do so although no event told of the newer value', async () => {
    const calls = await callsOfOne();

    for (let first = 1; first <= calls; first += 1) {
      const world = await createSyncedWorld();
      const writes = world.watchWrites();
      const conductor = new Conductor(world, { first, second: NEVER });
      world.secrets.manager.put('prod/db', { text: 'two' });
      const older = await conductor.begin('first', () => byEvent(world));
      await world.clock.advance(2_000);
      world.secrets.manager.put('prod/db', { text: 'three' });
      await byEvent(world);
      await older.finish();
      await world.elapse(120_000);

      expectForwards(writes);
      expect(world.target()).toEqual({ password: 'three' });
    }
  }, 60_000);
});

describe('an editor in the cluster', () => {
  test.each(['readSecret', 'replaceSecret'] as const)(
    'who comes before %s is not overwritten unseen',
    async (method) => {
      const world = await createSyncedWorld(externalSecret({ spec: { target: { creationPolicy: 'CreateOrMerge' } } }));
      world.secrets.manager.put('prod/db', { text: 'two' });
      world.cluster().before(method, () => {
        world
          .cluster()
          .putSecret(
            { namespace: NAMESPACE, name: 'db' },
            { data: new Map([...(world.cluster().secret(NAMESPACE, 'db')?.data ?? []), ...values({ mine: 'x' })]) },
          );
      });

      await byEvent(world);

      expect(world.target()).toEqual({ password: 'two', mine: 'x' });
      expect(world.ready()).toBe('True SecretSynced: secret synced');
    },
  );

  test('makes the provider be read anew: the first read may be the older one', async () => {
    const world = await createSyncedWorld();
    world.secrets.manager.put('prod/db', { text: 'two' });
    world.cluster().before('replaceSecret', () => {
      world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { labels: { edited: 'yes' } });
      world.secrets.manager.put('prod/db', { text: 'three' });
    });

    await byEvent(world);

    expect(world.target()).toEqual({ password: 'three' });
    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(2);
  });

  test('who never stops is given way for a second, and nothing is said of it', async () => {
    const world = await createSyncedWorld();
    world.secrets.manager.put('prod/db', { text: 'two' });
    let edits = 0;
    world.cluster().before(
      'replaceSecret',
      () => {
        edits += 1;
        world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { labels: { edit: String(edits) } });
      },
      3,
    );

    await byEvent(world);

    expect(edits).toBe(3);
    expect(world.ready()).toBe('True SecretSynced: secret synced');
    expect(world.waiting()).toMatchObject([{ seconds: 1, request: { attempt: 1, objects: [DB] } }]);
    await world.elapse(1_000);
    expect(world.target()).toEqual({ password: 'two' });
  });

  test('who made the Secret first is found: its name is taken', async () => {
    const world = await createSyncedWorld();
    world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name: 'db' });
    world.cluster().before('createSecret', () => {
      world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { data: values({ mine: 'x' }) });
    });

    await byEvent(world);

    expect(world.target()).toEqual({ password: 'one' });
  });

  test('a cluster that goes away after a conflict fails the sync', async () => {
    const world = await createSyncedWorld();
    world.secrets.manager.put('prod/db', { text: 'two' });
    world.cluster().before('replaceSecret', () => {
      world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { labels: { edited: 'yes' } });
      world.cluster().forbid('get', 'secrets');
    });

    await byEvent(world);

    expect(world.ready()).toBe('False SecretSyncedError: could not get secret data from provider');
  });
});

describe('another pass that reports first', () => {
  test('makes this one run again on what it left', async () => {
    const world = await createSyncedWorld();
    world.cluster().before('readSecret', async () => {
      await world.apply(externalSecret({ labels: { team: 'a' } }));
      await world.settle();
    });

    await world.sync();

    expect((await world.state())?.revision).toBe(4); // synced, relabelled, told again, synced
    expect(world.cluster().secret(NAMESPACE, 'db')?.labels).toMatchObject({ team: 'a' });
  });

  test('again and again is given way for a second', async () => {
    const world = await createSyncedWorld();
    world.cluster().before(
      'readSecret',
      async () => {
        const state = await world.state();
        if (state === undefined) throw new Error('no state');
        await world.tables.states.put('one', DB, { state, expected: state.revision });
      },
      3,
    );

    await world.sync();

    expect(world.waiting()).toMatchObject([{ seconds: 1, request: { objects: [DB], cause: { type: 'person' } } }]);
  });
});
