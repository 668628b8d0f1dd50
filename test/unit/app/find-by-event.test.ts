import { describe, expect, test } from '@jest/globals';
import type { ListingChange } from '../../../src/domain/listing-change.ts';
import type { RemoteKey } from '../../../src/domain/remote-key.ts';
import { awsProvider, data, externalSecret, type Manifest, REGION, secretStore } from '../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

const LOCATION = { account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager' } as const;

const named = (name: string, dataFrom: readonly unknown[]): Manifest =>
  externalSecret({ name, spec: { data: undefined, dataFrom, refreshInterval: '24h' } });

/** `db` finds by name, `tagged` by tags, `elsewhere` on another path. */
const findersWorld = async (): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('app/one', { text: 'one' });
  world.secrets.manager.tag('app/one', { env: 'prod' });
  await world.apply(
    secretStore(),
    named('db', [{ find: { name: { regexp: '^app/' } } }]),
    named('tagged', [{ find: { tags: { env: 'prod' } } }]),
    named('elsewhere', [{ find: { name: { regexp: '.' }, path: 'other/' } }]),
  );
  await world.settle();
  await world.clock.advance(20_000);
  return world;
};

/** `change` less its keys: of the secret `name`. @returns the objects it woke */
const tell = async (world: World, name: string, change: Change): Promise<readonly string[]> => {
  const keys: readonly RemoteKey[] = [{ ...LOCATION, name }];
  await world.findAffected({
    eventId: `e-${world.clock.now()}`,
    at: world.clock.now(),
    keys,
    listing: { ...change, keys },
  });
  const woken = world.waiting().flatMap(({ request }) => request.objects.map((object) => object.name));
  await world.settle();
  await world.clock.advance(2_000);
  return woken.sort();
};

/** A change less its keys. */
type Change = ListingChange extends infer C ? (C extends unknown ? Omit<C, 'keys'> : never) : never;

describe('a secret that is found from now on', () => {
  test('when it is created wakes those alone whose search it may meet', async () => {
    const world = await findersWorld();
    world.secrets.manager.put('app/two', { text: 'two' });

    expect(await tell(world, 'app/two', { type: 'appeared', tags: {} })).toEqual(['db']);
    expect(world.target()).toEqual({ app_one: 'one', app_two: 'two' });
    expect(world.target('tagged')).toEqual({ app_one: 'one' });
  });

  test('when it is created with tags, or restored, wakes those that look for its tags too', async () => {
    const world = await findersWorld();
    world.secrets.manager.put('app/two', { text: 'two' });
    world.secrets.manager.tag('app/two', { env: 'prod' });

    expect(await tell(world, 'app/two', { type: 'appeared', tags: { env: 'prod' } })).toEqual(['db', 'tagged']);
    expect(world.target('tagged')).toEqual({ app_one: 'one', app_two: 'two' });

    world.secrets.manager.scheduleDeletion('app/two');
    await tell(world, 'app/two', { type: 'disappeared' });
    expect(world.target('tagged')).toEqual({ app_one: 'one' });

    world.secrets.manager.restore('app/two');
    expect(await tell(world, 'app/two', { type: 'appeared' })).toEqual(['db', 'tagged']);
    expect(world.target('tagged')).toEqual({ app_one: 'one', app_two: 'two' });
  });

  test('and is deleted before anybody read it, is taken for gone at once', async () => {
    const world = await findersWorld();
    world.secrets.manager.put('app/two', { text: 'two' });
    await tell(world, 'app/two', { type: 'appeared', tags: {} });
    await world.announce('app/two', 'a version that was never read');
    await world.clock.advance(1_000);
    world.secrets.manager.delete('app/two');

    await tell(world, 'app/two', { type: 'disappeared' });

    expect(world.waiting()).toEqual([]);
    expect(world.target()).toEqual({ app_one: 'one' });
  });

  test('when it is tagged', async () => {
    const world = await findersWorld();
    world.secrets.manager.put('x', { text: 'x' });
    world.secrets.manager.tag('x', { env: 'prod' });

    expect(await tell(world, 'x', { type: 'tagged', tagKeys: ['env'] })).toEqual(['tagged']);
    expect(world.target('tagged')).toEqual({ app_one: 'one', x: 'x' });
  });

  test('wakes nobody who no longer looks for it', async () => {
    const world = await findersWorld();
    await world.apply(named('db', [{ find: { name: { regexp: '^new/' } } }]));
    await world.settle();
    world.cluster().delete(DB);

    expect(await tell(world, 'app/three', { type: 'appeared', tags: {} })).toEqual([]);
    expect(await tell(world, 'new/three', { type: 'appeared', tags: {} })).toEqual(['db']);
  });

  test('wakes nobody who was forgotten', async () => {
    const world = await findersWorld();
    await world.forget('one', DB, (await world.state())?.uid ?? '');

    expect(await tell(world, 'app/two', { type: 'appeared', tags: {} })).toEqual([]);
  });
});

describe('a secret that is found no more', () => {
  test.each<[string, Change, (world: World) => void]>([
    [
      'when it is untagged',
      { type: 'tagged', tagKeys: ['env'] },
      (world: World) => world.secrets.manager.tag('app/one', {}),
    ],
    ['when it is deleted', { type: 'disappeared' }, (world: World) => world.secrets.manager.delete('app/one')],
    [
      'when it is about to be deleted',
      { type: 'disappeared' },
      (world: World) => world.secrets.manager.scheduleDeletion('app/one'),
    ],
  ])('%s leaves the Secrets it was found for', async (_, change, happen) => {
    const world = await findersWorld();
    world.secrets.manager.put('app/two', { text: 'two' });
    world.secrets.manager.tag('app/two', { env: 'prod' });
    await tell(world, 'app/two', { type: 'appeared' });
    happen(world);

    expect(await tell(world, 'app/one', change)).toContain('tagged');
    expect(world.target('tagged')).toEqual({ app_two: 'two' });
  });
});

describe('while lists lag behind', () => {
  test('a new secret is found all the same', async () => {
    const world = await findersWorld();
    world.secrets.manager.lagLists(true);
    world.secrets.manager.put('app/two', { text: 'two' });
    world.secrets.manager.tag('app/two', { env: 'prod' });

    await tell(world, 'app/two', { type: 'appeared', tags: { env: 'prod' } });

    expect(world.target()).toEqual({ app_one: 'one', app_two: 'two' });
    expect(world.target('tagged')).toEqual({ app_one: 'one', app_two: 'two' });
  });

  test('what was tagged, untagged or deleted comes and leaves all the same', async () => {
    const world = await findersWorld();
    world.secrets.manager.put('app/two', { text: 'two' });
    world.secrets.manager.lagLists(true);
    world.secrets.manager.tag('app/one', {});
    world.secrets.manager.tag('app/two', { env: 'prod' });

    await tell(world, 'app/one', { type: 'tagged', tagKeys: ['env'] });
    await tell(world, 'app/two', { type: 'tagged', tagKeys: ['env'] });
    expect(world.target('tagged')).toEqual({ app_two: 'two' });

    world.secrets.manager.put('app/three', { text: 'three' });
    await tell(world, 'app/three', { type: 'appeared', tags: {} });
    world.secrets.manager.delete('app/two');
    await tell(world, 'app/two', { type: 'disappeared' });
    expect(world.target()).toMatchObject({ app_one: 'one', app_three: 'three' });
  });

  test('a pass for another reason does not take a new secret away again', async () => {
    const world = await findersWorld();
    world.secrets.manager.lagLists(true);
    world.secrets.manager.put('app/two', { text: 'two' });
    await tell(world, 'app/two', { type: 'appeared', tags: {} });

    await world.rotate('app/one', 'new');
    await world.settle();

    expect(world.target()).toEqual({ app_one: 'new', app_two: 'two' });
  });
});

describe('between looking and being told', () => {
  test('a secret created while an object looks for the first time is not missed', async () => {
    const world = await createWorld();
    world.secrets.manager.put('app/one', { text: 'one' });
    await world.apply(secretStore(), named('db', [{ find: { name: { regexp: '^app/' } } }]));
    world.secrets.before({ operation: 'readMany' }, async () => {
      world.secrets.heal();
      world.secrets.manager.put('app/two', { text: 'two' });
      const keys = [{ ...LOCATION, name: 'app/two' }];
      await world.findAffected({
        eventId: 'e',
        at: world.clock.now(),
        keys,
        listing: { type: 'appeared', keys, tags: {} },
      });
    });

    await world.settle();

    expect(world.target()).toEqual({ app_one: 'one', app_two: 'two' });
  });

  test('a pass that began before the note does not stand for the one that the event asks for', async () => {
    const world = await findersWorld();
    const at = world.clock.now();
    world.secrets.manager.lagLists(true);
    world.secrets.manager.put('app/two', { text: 'two' });
    await world.clock.advance(2_000);
    await world.sync(); // a list that lags, and nobody has told yet
    const keys = [{ ...LOCATION, name: 'app/two' }];

    await world.findAffected({ eventId: 'late', at, keys, listing: { type: 'appeared', keys, tags: {} } });
    await world.settle();

    expect(world.target()).toMatchObject({ app_two: 'two' });
  });

  test('a burst of new secrets costs few passes', async () => {
    const world = await findersWorld();
    for (let index = 0; index < 20; index += 1) {
      world.secrets.manager.put(`app/n${index}`, { text: 'x' });
      const keys = [{ ...LOCATION, name: `app/n${index}` }];
      const listing = { type: 'appeared', keys, tags: {} } as const;
      await world.findAffected({ eventId: `burst-${index}`, at: world.clock.now(), keys, listing });
    }
    await world.clock.advance(2_000);
    world.secrets.forgetCalls();

    await world.settle();

    expect(Object.keys(world.target() ?? {})).toHaveLength(21);
    expect(world.secrets.calls({ operation: 'list' })).toHaveLength(1);
  });
});

test('a tag event wakes entries that fetch the tags of the key [AWS28]', async () => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'x' });
  world.secrets.manager.tag('prod/db', { owner: 'a' });
  const spec = {
    data: [data('tags', { metadataPolicy: 'Fetch' }), data('owner', { metadataPolicy: 'Fetch', property: 'owner' })],
  };
  await world.apply(secretStore({ spec: awsProvider({}) }), externalSecret({ spec }));
  await world.settle();
  await world.clock.advance(20_000);
  world.secrets.manager.tag('prod/db', { owner: 'b', added: '1' });

  expect(await tell(world, 'prod/db', { type: 'tagged', tagKeys: ['owner'] })).toEqual(['db']);
  expect(world.target()).toEqual({ tags: '{"added":"1","owner":"b"}', owner: 'b' });
});
