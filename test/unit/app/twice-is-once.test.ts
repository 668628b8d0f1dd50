import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { data, externalSecret, REGION, secretStore } from '../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { snapshot } from '../../support/snapshot.ts';
import { createSyncedWorld, createWorld, DB, type World } from '../../support/world.ts';

/** Something that happens to a world, up to the moment at which its messages wait in the queue. */
interface Scenario {
  readonly begin: () => Promise<World>;
  readonly happen: (world: World) => Promise<void>;
}

const withTarget = (target: Readonly<Record<string, unknown>>) => externalSecret({ spec: { target } });

const finding = (regexp: string) =>
  externalSecret({ spec: { data: undefined, dataFrom: [{ find: { name: { regexp } } }] } });

const FINDING = finding('^prod/');

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a first sync': {
    begin: async () => {
      const world = await createWorld();
      world.secrets.manager.put('prod/db', { text: 'one' });
      return world;
    },
    happen: (world) => world.apply(secretStore(), externalSecret()),
  },
  'a rotation': {
    begin: createSyncedWorld,
    happen: async (world) => void (await world.rotate('prod/db', 'two')),
  },
  'a rename': {
    begin: createSyncedWorld,
    happen: (world) => world.apply(withTarget({ name: 'new' })),
  },
  'another remote key': {
    begin: async () => {
      const world = await createSyncedWorld();
      world.secrets.manager.put('prod/other', { text: 'other' });
      return world;
    },
    happen: (world) => world.apply(externalSecret({ spec: { data: [data('password', { key: 'prod/other' })] } })),
  },
  'a template': {
    begin: createSyncedWorld,
    happen: async (world) => {
      world.cluster().putConfigMap('team-a', 'tpl', { a: 'A {{ .password }}' });
      const templateFrom = [{ configMap: { name: 'tpl', items: [{ key: 'a' }] } }];
      await world.apply(withTarget({ template: { data: { b: 'B' }, metadata: { labels: { c: 'C' } }, templateFrom } }));
    },
  },
  'a deletion under Delete': {
    begin: () => createSyncedWorld(withTarget({ deletionPolicy: 'Delete' })),
    happen: async (world) => {
      world.secrets.manager.delete('prod/db');
      await world.announce('prod/db');
    },
  },
  'a missing key under Retain': {
    begin: createSyncedWorld,
    happen: async (world) => {
      world.secrets.manager.delete('prod/db');
      await world.announce('prod/db');
    },
  },
  'a secret that is found': {
    begin: () => createSyncedWorld(FINDING),
    happen: async (world) => {
      world.secrets.manager.put('prod/new', { text: 'new' });
      const keys = [{ account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager', name: 'prod/new' } as const];
      const listing = { type: 'appeared', keys, tags: {} } as const;
      await world.findAffected({ eventId: 'created', at: world.clock.now(), keys, listing });
    },
  },
  'another search': {
    begin: () => createSyncedWorld(FINDING),
    happen: async (world) => {
      world.secrets.manager.put('other/new', { text: 'new' });
      await world.apply(finding('^other/'));
    },
  },
  'an edit of the store': {
    begin: createSyncedWorld,
    happen: (world) =>
      world.apply(
        secretStore({
          spec: { provider: { aws: { service: 'SecretsManager', region: 'eu-central-1', prefix: 'p/' } } },
        }),
      ),
  },
};

const expectedEnd = async ({ begin, happen }: Scenario) => {
  const world = await begin();
  await happen(world);
  await world.settle();
  return snapshot(world);
};

describe.each(Object.entries(SCENARIOS))('%s', (_, scenario) => {
  test('ends the same when each message comes twice, in any order', async () => {
    const expected = await expectedEnd(scenario);

    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (order) => {
        const world = await scenario.begin();
        await scenario.happen(world);
        const messages = world.takeReady();
        const deliveries = [...messages, ...messages]
          .map((message) => ({ message, rank: order.next().value ?? 0 }))
          .sort((a, b) => a.rank - b.rank);
        for (const { message } of deliveries) await world.reconcile(message);
        await world.settle();

        expect(await snapshot(world)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  test('ends the same after a crash before any call, and nothing is written that was written', async () => {
    const expected = await expectedEnd(scenario);
    const calls = await countCalls(scenario);

    for (let crashAt = 1; crashAt <= calls; crashAt += 1) {
      const world = await scenario.begin();
      await scenario.happen(world);
      const writes = world.watchWrites();

      const crashed = await crash(world, crashAt);
      await world.settle();

      expect(crashed).toBe(true);
      expect({ crashAt, ...told(await snapshot(world)) }).toEqual({ crashAt, ...told(expected) });
      await world.sync(); // an index entry left behind goes with the next sync, which it may itself cause
      const { dependants, finders } = await snapshot(world);
      expect({ dependants, finders }).toEqual({ dependants: expected.dependants, finders: expected.finders });
      expect(writes.length).toBeLessThanOrEqual(1);
    }
  });
});

/** Without the indexes by which changes find objects. */
const told = ({ dependants: _, finders: __, states, ...rest }: Awaited<ReturnType<typeof snapshot>>) => ({
  ...rest,
  states: states.map((state) => state && { ...state, dependsOn: [], finds: [] }),
});

const countCalls = async ({ begin, happen }: Scenario): Promise<number> => {
  const world = await begin();
  await happen(world);
  let calls = 0;
  world.before = () => {
    calls += 1;
  };
  await world.settle();
  return calls;
};

/** Delivers the queue; before the call numbered `crashAt` the process dies, and the message comes back. */
const crash = async (world: World, crashAt: number): Promise<boolean> => {
  let calls = 0;
  world.before = () => {
    calls += 1;
    if (calls >= crashAt) throw new Error('crash');
  };
  const died = await world.settle().then(
    () => false,
    () => true,
  );
  world.before = () => undefined;
  return died;
};

describe('a message', () => {
  test('of an object that is unknown is dropped', async () => {
    const world = await createWorld();

    await world.sync();

    expect(world.cluster().requests.count()).toBe(0);
  });

  test('of an older event does not bring an older value', async () => {
    const world = await createSyncedWorld();
    await world.rotate('prod/db', 'two');
    const [older] = world.takeReady();
    await world.clock.advance(1_000);
    await world.rotate('prod/db', 'three');
    await world.settle();
    const writes = world.watchWrites();

    if (older !== undefined) await world.reconcile(older);

    expect(writes).toEqual([]);
    expect(world.target()).toEqual({ password: 'three' });
  });

  test('of an object made anew under the same name finds nothing remembered of the old one', async () => {
    const world = await createSyncedWorld();
    await world.tables.mirror.remove('one', DB, world.object().uid);
    world.cluster().delete(DB);

    await world.apply(externalSecret());
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(await world.state()).toMatchObject({ uid: world.object().uid, revision: 2 });
  });
});

describe('a table lost', () => {
  test('is made again by the feed, without a write to any Secret', async () => {
    const world = await createSyncedWorld();
    const writes = world.watchWrites();
    await world.tables.clusters.remove('one');
    await world.register();

    await world.apply(secretStore(), externalSecret());
    await world.settle();

    expect(writes).toEqual([]);
    expect(world.ready()).toBe('True SecretSynced: secret synced');
    await world.rotate('prod/db', 'two');
    await world.settle();
    expect(world.target()).toEqual({ password: 'two' });
  });
});
