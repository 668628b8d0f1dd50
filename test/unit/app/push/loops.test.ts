import { describe, expect, test } from '@jest/globals';
import {
  data,
  externalSecret,
  type Manifest,
  NAMESPACE,
  pushed,
  pushSecret,
  secretStore,
} from '../../../support/builders.ts';
import { PS, putManaged, remote, SYNCED } from '../../../support/push-world.ts';
import { createWorld, type World } from '../../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const HOUR = 3_600_000;
const versions = (world: World, key: string) => world.secrets.manager.versionsOf(key).length;

/** Reads `from` into the Secret of the same name as `into`. */
const reading = (into: string, from: string): Manifest =>
  externalSecret({ name: into, spec: { data: [data('key', { key: from })] } });

/** Pushes the Secret `from` to `to`. */
const pushing = (from: string, to: string, spec: Spec = {}): Manifest =>
  pushSecret({
    spec: { selector: { secret: { name: from } }, data: [pushed('key', { remoteKey: to })], ...spec },
  });

const GROWING = { template: { data: { key: '{{ .key }}+' } } };

/** What the services of AWS and the feed would do: announce new versions, and tell of new Secrets. */
const run = async (world: World, keys: readonly string[], secrets: Readonly<Record<string, string>>): Promise<void> => {
  const seen = new Map<string, string>();
  for (let round = 0; round < 20; round += 1) {
    await world.settle();
    let news = false;
    for (const key of keys) {
      const current = world.secrets.manager.versionsOf(key).at(-1) ?? '';
      if (seen.get(key) === current) continue;
      seen.set(key, current);
      await world.announce(key, current);
      news = true;
    }
    for (const [name, pusher] of Object.entries(secrets)) {
      const current = world.cluster().secret(NAMESPACE, name)?.resourceVersion ?? '';
      if (seen.get(name) === current) continue;
      seen.set(name, current);
      world.enqueue(world.request([{ ...PS, name: pusher }], { type: 'feed' }));
      news = true;
    }
    if (!news) return;
    await world.clock.advance(2_000);
  }
};

const begin = async (...manifests: readonly Manifest[]): Promise<World> => {
  const world = await createWorld();
  putManaged(world, 'k', 'x');
  await world.apply(secretStore(), ...manifests);
  return world;
};

describe('a Secret that is pushed where it is read', () => {
  test('comes to rest at once', async () => {
    const world = await begin(reading('db', 'k'), pushing('db', 'k'));
    await run(world, ['k'], { db: 'ps' });

    world.secrets.manager.put('k', { text: 'y' });
    await run(world, ['k'], { db: 'ps' });

    expect(versions(world, 'k')).toBe(2);
    expect(world.target('db')).toEqual({ key: 'y' });
    expect(world.ready(PS)).toBe(SYNCED);
  });

  test('may be edited in either place as often as anybody likes', async () => {
    const world = await begin(
      reading('db', 'k'),
      pushing('db', 'k', { template: { data: { key: '{{ .key | trim }}' } } }),
    );
    await run(world, ['k'], { db: 'ps' });

    for (const text of [' a ', ' b ', ' c ', ' d ', ' e ', ' f ']) {
      world.secrets.manager.put('k', { text });
      await run(world, ['k'], { db: 'ps' });
      expect(remote(world, 'k')).toBe(text.trim());
      expect(world.ready(PS)).toBe(SYNCED);
    }
  });

  test('and changes on its way is stopped, and the condition says what goes round', async () => {
    const world = await begin(reading('db', 'k'), pushing('db', 'k', GROWING));

    await run(world, ['k'], { db: 'ps' });

    expect(remote(world, 'k')).toBe('x++++');
    expect(world.ready(PS)).toBe(
      'False Errored: set secret failed: could not write remote ref key to target secretstore aws: it goes round: Secret db is made from k, which is made from what is pushed to k, and 3 pushes in a row changed what the next one would push; push to another key, or push what comes round unchanged',
    );
    const made = versions(world, 'k');
    await world.elapse(5 * HOUR);
    expect(versions(world, 'k')).toBe(made);
  });

  test('goes on once it comes round unchanged', async () => {
    const world = await begin(reading('db', 'k'), pushing('db', 'k', GROWING));
    await run(world, ['k'], { db: 'ps' });

    await world.apply(pushing('db', 'k'));
    await run(world, ['k'], { db: 'ps' });

    expect(world.ready(PS)).toBe(SYNCED);
    expect(remote(world, 'k')).toBe('x++++');
  });
});

describe('a loop that was stopped', () => {
  test('gets as many rounds again once the PushSecret is edited', async () => {
    const world = await begin(reading('db', 'k'), pushing('db', 'k', GROWING));
    await run(world, ['k'], { db: 'ps' });

    await world.apply(pushing('db', 'k', { template: { data: { key: 'constant' } } }));
    await run(world, ['k'], { db: 'ps' });

    expect(remote(world, 'k')).toBe('constant');
    expect(world.ready(PS)).toBe(SYNCED);
  });

  test('goes on when somebody else gives the key a value', async () => {
    const world = await begin(reading('db', 'k'), pushing('db', 'k', GROWING));
    await run(world, ['k'], { db: 'ps' });

    world.secrets.manager.put('k', { text: 'y' });
    await run(world, ['k'], { db: 'ps' });

    expect(remote(world, 'k')).toBe('y++++');
    expect(world.ready(PS)).toContain('it goes round');
  });
});

describe('two PushSecrets that push where the other’s source is read', () => {
  const secrets = { one: 'ps', two: 'second' };
  const chain = (spec: Spec) => [
    reading('one', 'k'),
    pushing('one', 'l', spec),
    reading('two', 'l'),
    { ...pushing('two', 'k'), ref: { ...PS, name: 'second' } },
  ];

  test('come to rest when nothing changes on the way', async () => {
    const world = await begin(...chain({}));

    await run(world, ['k', 'l'], secrets);

    expect([remote(world, 'k'), remote(world, 'l')]).toEqual(['x', 'x']);
    expect(world.ready(PS)).toBe(SYNCED);
  });

  test('are stopped when something does', async () => {
    const world = await begin(...chain(GROWING));

    await run(world, ['k', 'l'], secrets);

    const stopped = [PS, { ...PS, name: 'second' }].filter((ref) => world.ready(ref)?.includes('it goes round'));
    expect(stopped).not.toEqual([]);
    expect(versions(world, 'k') + versions(world, 'l')).toBeLessThan(15);
  });
});

describe('a Secret of several origins', () => {
  test('is no loop when another origin than its own key changes it again and again', async () => {
    const world = await createWorld();
    putManaged(world, 'k', '{"mine":"m"}');
    world.secrets.manager.put('other', { text: '0' });
    const entries = [data('key', { key: 'other' }), data('mine', { key: 'k', property: 'mine' })];
    await world.apply(
      secretStore(),
      externalSecret({ name: 'db', spec: { data: entries } }),
      pushing('db', 'k', { data: [pushed('key', { remoteKey: 'k', property: 'copy' })] }),
    );
    await run(world, ['k', 'other'], { db: 'ps' });

    for (const text of ['1', '2', '3', '4', '5', '6']) {
      world.secrets.manager.put('other', { text });
      await run(world, ['k', 'other'], { db: 'ps' });
      expect(world.ready(PS)).toBe(SYNCED);
      expect(remote(world, 'k')).toBe(`{"mine":"m","copy":"${text}"}`);
    }
  });
});
