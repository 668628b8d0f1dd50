import { describe, expect, test } from '@jest/globals';
import { awsProvider, data, externalSecret, secretStore } from '../../support/builders.ts';
import type { FakeValue } from '../../support/fake-secrets-manager.ts';
import { createWorld, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;
type Targets = Readonly<Record<string, string>>;

const bytes = (text: string): FakeValue => ({ bytes: Buffer.from(text) });

/** `prod/db` holds `value` and has the tags; `spec` is synced from it. */
const secretsWorld = async (value: FakeValue, spec: Spec, tags: Targets = {}): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', value);
  world.secrets.manager.tag('prod/db', tags);
  await world.apply(secretStore(), externalSecret({ spec }));
  await world.settle();
  return world;
};

const one = (remoteRef: Spec): Spec => ({ data: [data('k', remoteRef)] });
const extract = (remoteRef: Spec = {}): Spec => ({
  data: undefined,
  dataFrom: [{ extract: { key: 'prod/db', ...remoteRef } }],
});

const TAGS = { tagname2: 'tagvalue2', tagname1: 'tagvalue1' };

describe('a secret', () => {
  test.each<[string, FakeValue, readonly [Spec, Targets]]>([
    ['that is an empty text is an empty value [AWS23]', { text: '' }, [one({}), { k: '' }]],
    ['of bytes comes as they are [AWS24]', bytes('raw'), [one({}), { k: 'raw' }]],
    ['of bytes is searched for a property [AWS24]', bytes('{"a":"v"}'), [one({ property: 'a' }), { k: 'v' }]],
    [
      'with a dot in a name is found by it, in bytes too [AWS25]',
      bytes('{"foobar.baz":"v"}'),
      [one({ property: 'foobar.baz' }), { k: 'v' }],
    ],
    [
      'with levels is found by the same property [AWS25]',
      bytes('{"foobar":{"baz":"v"}}'),
      [one({ property: 'foobar.baz' }), { k: 'v' }],
    ],
    [
      'with a slash in a name is found by it [AWS26]',
      { text: '{"/shmoo":"bang"}' },
      [one({ property: '/shmoo' }), { k: 'bang' }],
    ],
    [
      'gives the members of the object at a property [AWS32]',
      { text: '{"db":{"username":"u","port":5432}}' },
      [extract({ property: 'db' }), { username: 'u', port: '5432' }],
    ],
    [
      'gives an object as it is written [AWS33]',
      { text: '{"c":{ "auths" : {} }}' },
      [one({ property: 'c' }), { k: '{ "auths" : {} }' }],
    ],
    [
      'gives an object in a text unquoted [AWS33]',
      { text: '{"c":"{\\"auths\\":{}}"}' },
      [one({ property: 'c' }), { k: '{"auths":{}}' }],
    ],
    ['gives null as nothing [AWS34]', { text: '{"n":null,"a":"b"}' }, [extract(), { n: '', a: 'b' }]],
  ])('%s', async (_, value, [spec, target]) => {
    expect((await secretsWorld(value, spec)).target()).toEqual(target);
  });

  test('that is null altogether has no members, which is no error [AWS34]', async () => {
    const world = await secretsWorld({ text: 'null' }, extract());

    expect(world.ready()).toBe('True SecretSynced: secret retained due to DeletionPolicy=Retain');
  });

  test('without the property says so by the key’s name, less the prefix [AWS22 AWS27]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('my-prefix/secret-key', { text: '------' });
    const spec = one({ key: 'secret-key', property: 'INVALPROP' });
    await world.apply(secretStore({ spec: awsProvider({ prefix: 'my-prefix/' }) }), externalSecret({ spec }));
    await world.settle();

    expect(world.secrets.calls({ operation: 'read' }).map(({ key }) => key)).toEqual(['my-prefix/secret-key']);
    expect(world.events().at(-1)).toContain('key INVALPROP does not exist in secret secret-key');
  });
});

describe('metadataPolicy Fetch', () => {
  test.each<[string, Spec, Targets]>([
    [
      'gives all tags as JSON, sorted [AWS28]',
      one({ metadataPolicy: 'Fetch' }),
      { k: '{"tagname1":"tagvalue1","tagname2":"tagvalue2"}' },
    ],
    [
      'gives one tag by its property [AWS28]',
      one({ metadataPolicy: 'Fetch', property: 'tagname2' }),
      { k: 'tagvalue2' },
    ],
    ['gives a key for each tag when extracted', extract({ metadataPolicy: 'Fetch' }), TAGS],
  ])('%s', async (_, spec, target) => {
    expect((await secretsWorld({ text: 'x' }, spec, TAGS)).target()).toEqual(target);
  });

  test('of a tag that is not there says so [AWS28]', async () => {
    const world = await secretsWorld({ text: 'x' }, one({ metadataPolicy: 'Fetch', property: 'none' }), TAGS);

    expect(world.events().at(-1)).toContain('key none does not exist in secret prod/db');
  });

  test('of a secret that is gone deletes no target [AWS29]', async () => {
    const spec = { ...one({ metadataPolicy: 'Fetch' }), target: { deletionPolicy: 'Delete' } };
    const world = await secretsWorld({ text: 'x' }, spec, TAGS);
    world.secrets.manager.delete('prod/db');

    await world.sync();

    expect(world.ready()).toMatch(/^False SecretSyncedError/);
    expect(world.target()).toBeDefined();
  });

  test('of a parameter reads its tags, whatever version is asked for', async () => {
    const world = await createWorld();
    world.secrets.parameters.put('/a', 'x');
    world.secrets.parameters.tag('/a', { owner: 'me' });
    const spec = one({ key: '/a', version: '1', metadataPolicy: 'Fetch', property: 'owner' });
    await world.apply(secretStore({ spec: awsProvider({ service: 'ParameterStore' }) }), externalSecret({ spec }));
    await world.settle();

    expect(world.target()).toEqual({ k: 'me' });
  });
});

describe('reads', () => {
  test('of one key for several properties are one, and tags are another [AWS30]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: '{"a":"1","b":"2"}' });
    world.secrets.manager.put('prod/other', { text: 'x' });
    const entries = [
      data('a', { property: 'a' }),
      data('b', { property: 'b' }),
      data('tags', { metadataPolicy: 'Fetch' }),
      data('other', { key: 'prod/other' }),
    ];
    await world.apply(secretStore(), externalSecret({ spec: { data: entries } }));
    await world.settle();

    expect(
      world.secrets
        .calls()
        .filter(({ operation }) => operation !== 'open')
        .map(({ operation, key }) => `${operation} ${key}`)
        .sort(),
    ).toEqual(['read prod/db', 'read prod/other', 'readTags prod/db']);
  });

  test('through two stores in turn are made once for each, where the reference begins anew at each turn [AWS31]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: '{"a":"1","b":"2"}' });
    const other = { sourceRef: { storeRef: { name: 'other' } } };
    const entries = [data('a', { property: 'a' }), data('b', { property: 'b' }, other), data('c', { property: 'a' })];
    await world.apply(secretStore(), secretStore({ name: 'other' }), externalSecret({ spec: { data: entries } }));
    await world.settle();

    expect(world.target()).toEqual({ a: '1', b: '2', c: '1' });
    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(2);
  });
});

describe('absence', () => {
  const DELETE = { target: { deletionPolicy: 'Delete' } };
  const two = { ...DELETE, data: [data('a', { key: 'one' }), data('b', { key: 'two' })] };

  test('of one of two keys takes the key away, of both the Secret [AWS42]', async () => {
    const world = await createWorld();
    for (const name of ['one', 'two']) world.secrets.manager.put(name, { text: name });
    await world.apply(secretStore(), externalSecret({ spec: two }));
    await world.settle();

    world.secrets.manager.delete('one');
    await world.sync();
    expect(world.target()).toEqual({ b: 'two' });

    world.secrets.manager.delete('two');
    await world.sync();
    expect(world.target()).toBeUndefined();
  });

  test('is not what a scheduled deletion is: an ordinary error, by decision 1 [AWS43]', async () => {
    const world = await secretsWorld({ text: 'x' }, { ...one({}), ...DELETE });
    world.secrets.manager.scheduleDeletion('prod/db');

    await world.sync();

    expect(world.target()).toEqual({ k: 'x' });
    expect(world.events().at(-1)).toContain('marked for deletion');
  });

  test('of a parameter deletes, of its version does not [AWS47]', async () => {
    const world = await createWorld();
    world.secrets.parameters.put('/a', 'x');
    const spec = { ...one({ key: '/a' }), ...DELETE };
    const pinned = { ...one({ key: '/a', version: '7' }), ...DELETE };
    await world.apply(
      secretStore({ spec: awsProvider({ service: 'ParameterStore' }) }),
      externalSecret({ spec }),
      externalSecret({ name: 'pinned', spec: pinned }),
    );
    await world.settle();
    expect(world.events().join()).toContain('ParameterVersionNotFound');

    world.secrets.parameters.delete('/a');
    await world.sync();

    expect(world.target()).toBeUndefined();
  });
});

describe('a parameter', () => {
  const parameterWorld = async (versions: readonly string[], spec: Spec): Promise<World> => {
    const world = await createWorld();
    for (const text of versions) world.secrets.parameters.put('/a', text);
    world.secrets.parameters.label('/a', '2', 'stable');
    await world.apply(secretStore({ spec: awsProvider({ service: 'ParameterStore' }) }), externalSecret({ spec }));
    await world.settle();
    return world;
  };

  test('gives each of its versions by number, and one by its label [AWS44]', async () => {
    const entries = ['1', '2', '3', '4', '5', 'stable'].map((version) => data(`v-${version}`, { key: '/a', version }));

    expect((await parameterWorld(['a', 'b', 'c', 'd', 'e'], { data: entries })).target()).toEqual({
      'v-1': 'a',
      'v-2': 'b',
      'v-3': 'c',
      'v-4': 'd',
      'v-5': 'e',
      'v-stable': 'b',
    });
  });

  test('finds a name with a dot and a slash before a path [AWS45]', async () => {
    const spec = one({ key: '/a', property: '/shmoo.boom' });

    expect((await parameterWorld(['{"/shmoo":{"boom":"path"},"/shmoo.boom":"name"}'], spec)).target()).toEqual({
      k: 'name',
    });
  });

  test('gives numbers, texts and objects of its members [AWS46]', async () => {
    const spec = extract({ key: '/a' });

    expect((await parameterWorld(['{"int": 42, "str": "str", "nested": {"foo":"bar"}}'], spec)).target()).toEqual({
      int: '42',
      str: 'str',
      nested: '{"foo":"bar"}',
    });
  });
});
