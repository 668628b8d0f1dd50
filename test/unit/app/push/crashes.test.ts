import { describe, expect, test } from '@jest/globals';
import { parseStatus } from '../../../../src/domain/parse-status.ts';
import { readyCondition } from '../../../../src/domain/status.ts';
import { type Manifest, NAMESPACE, pushed, pushSecret, secretStore, values } from '../../../support/builders.ts';
import {
  createPushWorld,
  deletePushSecret,
  deleteSource,
  LOCATION,
  listed,
  PS,
  putSource,
  remote,
} from '../../../support/push-world.ts';
import { createWorld, type World } from '../../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const deleting = (spec: Spec = {}): Manifest => pushSecret({ spec: { deletionPolicy: 'Delete', ...spec } });
const to = (...keys: readonly string[]): Spec => ({ data: keys.map((remoteKey) => pushed('key', { remoteKey })) });
const property = (name: string): Spec => ({ data: [pushed('key', { property: name })] });

/** Something that happens to a world, up to the moment at which its messages wait in the queue. */
interface Scenario {
  readonly begin: () => Promise<World>;
  readonly happen: (world: World) => Promise<void> | void;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a first push': {
    begin: async () => {
      const world = await createWorld();
      world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
      return world;
    },
    happen: (world) => world.apply(secretStore(), deleting(to('a', 'b'))),
  },
  'a first push that leaves what exists': {
    begin: async () => {
      const world = await createWorld();
      world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: 'value' }) });
      world.secrets.manager.put('a', { text: 'theirs' });
      return world;
    },
    happen: (world) =>
      world.apply(secretStore(), pushSecret({ spec: { updatePolicy: 'IfNotExists', ...to('a', 'b') } })),
  },
  'a new value': {
    begin: () => createPushWorld(deleting()),
    happen: (world) => putSource(world, { key: 'two' }),
  },
  'another remote key': {
    begin: () => createPushWorld(deleting(to('a', 'b'))),
    happen: (world) => world.apply(deleting(to('b', 'c'))),
  },
  'another remote key under None': {
    begin: () => createPushWorld(pushSecret({ spec: to('a', 'b') })),
    happen: (world) => world.apply(pushSecret({ spec: to('b', 'c') })),
  },
  'another property': {
    begin: () => createPushWorld(deleting(property('p'))),
    happen: (world) => world.apply(deleting(property('q'))),
  },
  'a source that goes': {
    begin: () => createPushWorld(deleting()),
    happen: (world) => deleteSource(world),
  },
  'an object that goes': {
    begin: () => createPushWorld(deleting(to('a', 'b'))),
    happen: (world) => deletePushSecret(world),
  },
  'an object that goes under None': {
    begin: () => createPushWorld(pushSecret()),
    happen: (world) => deletePushSecret(world),
  },
  'an object that is made anew': {
    begin: () => createPushWorld(deleting(to('a', 'b'))),
    happen: (world) => {
      deletePushSecret(world);
      return world.apply(deleting(to('b', 'c')));
    },
  },
  'an edit and then the end': {
    begin: () => createPushWorld(deleting(to('a'))),
    happen: async (world) => {
      await world.apply(deleting(to('b')));
      deletePushSecret(world);
    },
  },
};

const KEYS = ['a', 'b', 'c', 'path/to/key'];

/** All that anybody can see when everything has come to rest. */
const ending = async (world: World) => {
  const object = world.cluster().object(PS);
  const state = await world.state(PS);
  const keys = KEYS.map((key) => world.tables.dependants.of({ ...LOCATION, name: key }));
  return {
    remote: KEYS.map((key) => remote(world, key)),
    versions: KEYS.map((key) => world.secrets.manager.versionsOf(key).length),
    ready: object && readyCondition(parseStatus(object))?.message,
    listed: object && listed(world),
    entries: state?.pushed?.entries.map(({ versions: _, ...entry }) => entry),
    dependants: (await Promise.all(keys)).map((found) => found.length),
    mirrored: (await world.tables.mirror.get('one', PS)) !== undefined,
    failures: state?.failures,
  };
};

const settled = async (scenario: Scenario): Promise<World> => {
  const world = await scenario.begin();
  await scenario.happen(world);
  await world.settle();
  return world;
};

/** Ends the process before its nth call of any port, if there are so many; the queue then delivers the message again. */
const crash = async (world: World, at: number): Promise<boolean> => {
  let calls = 0;
  world.before = () => {
    calls += 1;
    if (calls === at) throw new Error('the process ended');
  };
  try {
    await world.settle();
    return false;
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'the process ended') throw error;
    return true;
  } finally {
    world.before = () => undefined;
  }
};

describe.each(Object.entries(SCENARIOS))('%s', (_, scenario) => {
  test('ends the same after a crash before any call: nothing is orphaned, and no version is made twice', async () => {
    const expected = await ending(await settled(scenario));

    for (let at = 1; ; at += 1) {
      const world = await scenario.begin();
      await scenario.happen(world);
      const crashed = await crash(world, at);
      await world.settle();
      await world.elapse(5 * 60_000);

      expect({ at, ...(await ending(world)) }).toEqual({ at, ...expected });
      if (!crashed) break;
    }
  });

  test('ends the same when each message comes twice', async () => {
    const expected = await ending(await settled(scenario));
    const world = await scenario.begin();
    await scenario.happen(world);

    const messages = world.takeReady();
    for (const message of [...messages, ...messages]) await world.handle(message);
    await world.settle();

    expect(await ending(world)).toEqual(expected);
  });

  test('ends the same when each message is handled twice at once', async () => {
    const expected = await ending(await settled(scenario));
    const world = await scenario.begin();
    await scenario.happen(world);

    for (const message of world.takeReady()) {
      const twice = Promise.all([world.handle(message), world.handle(message)]);
      let done = false;
      void twice.finally(() => {
        done = true;
      });
      while (!done) await world.clock.advance(50);
      await twice;
    }
    await world.settle();
    await world.elapse(5 * 60_000);

    expect(await ending(world)).toEqual(expected);
  });
});

/** Does something to the world before the nth call of any port, if there are so many. */
const interleave = async (world: World, at: number, happen: () => Promise<void>): Promise<boolean> => {
  let calls = 0;
  world.before = async () => {
    calls += 1;
    if (calls !== at) return;
    world.before = () => undefined;
    await happen();
  };
  await world.settle();
  world.before = () => undefined;
  return calls >= at;
};

describe.each<[string, Scenario['begin'], Scenario['happen']]>([
  ['a first push', SCENARIOS['a first push']?.begin ?? createWorld, (world) => world.apply(secretStore(), deleting())],
  ['a push of something new', () => createPushWorld(deleting(to('old'))), (world) => world.apply(deleting())],
])('%s during which', (_, begin, happen) => {
  test('the object goes, at whatever moment, orphans nothing', async () => {
    for (let at = 1; ; at += 1) {
      const world = await begin();
      await happen(world);
      const seen = await interleave(world, at, async () => {
        const { uid } = world.object(PS);
        world.cluster().delete(PS);
        await world.push(world.request([{ ...PS, uid, gone: true }], { type: 'feed' }));
      });
      await world.settle();
      await world.elapse(5 * 60_000);
      if (!seen) break;

      expect({ at, remote: [remote(world, 'old'), remote(world)] }).toEqual({ at, remote: [undefined, undefined] });
      expect(await world.tables.mirror.get('one', PS)).toBeUndefined();
      // A record of the key may be left; it counts for nothing without a state that says what was pushed there.
      expect(await world.state(PS)).toBeUndefined();
    }
  });
});
