import { describe, expect, test } from '@jest/globals';
import { awsProvider, NAMESPACE, pushed, pushSecret, secretStore, values } from '../../../support/builders.ts';
import { createPushWorld, listed, PS, remote, SYNCED } from '../../../support/push-world.ts';
import { createWorld, type World } from '../../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string>>;

const AWS = { storeRef: { name: 'aws' } };
const DB = { 'db-host': 'h', 'db-user': 'u', other: 'o' };
const regexp = (source: string, target: string) => ({ regexp: { source, target } });

const spreading = (rules: readonly Spec[], spec: Spec = {}, source: Texts = DB): Promise<World> =>
  createPushWorld(
    pushSecret({ spec: { data: [], dataTo: rules.map((rule) => ({ ...AWS, ...rule })), ...spec } }),
    source,
  );

const names = (world: World) => listed(world)['SecretStore/aws'];
const errored = (message: string) => `False Errored: ${message}`;

describe('dataTo', () => {
  test('without match pushes each key under its own name [PUSH26]', async () => {
    const world = await spreading([{}]);

    expect(names(world)).toEqual(['db-host', 'db-user', 'other']);
    expect(['db-host', 'db-user', 'other'].map((key) => remote(world, key))).toEqual(['h', 'u', 'o']);
    expect(world.ready(PS)).toBe(SYNCED);
  });

  test.each<[string, readonly Spec[], Texts, readonly string[]]>([
    [
      'with match and rewrite renames what it matched [PUSH27]',
      [{ match: { regexp: '^db-' }, rewrite: [regexp('^db-', 'app/database/')] }],
      DB,
      ['app/database/host', 'app/database/user'],
    ],
    [
      'with a transform renders names [PUSH28]',
      [{ rewrite: [{ transform: { template: 'app/{{ .value | upper }}' } }] }],
      { username: 'u' },
      ['app/USERNAME'],
    ],
    [
      'with rewrites in a row lets each see what the one before gave [PUSH29]',
      [{ rewrite: [regexp('^db-', ''), regexp('^', 'app/')] }],
      { 'db-username': 'u' },
      ['app/username'],
    ],
    ['of equal values gives two entries [PUSH30]', [{}], { a: 'same', b: 'same' }, ['a', 'b']],
    ['that matches nothing is ignored', [{ match: { regexp: '^none' } }], DB, []],
  ])('%s', async (...[, rules, source, expected]) => {
    const world = await spreading(rules, {}, source);

    expect(world.ready(PS)).toBe(SYNCED);
    expect(names(world) ?? []).toEqual(expected);
    expect(expected.map((key) => remote(world, key))).not.toContain(undefined);
  });

  test('gives way to data for the same key [PUSH31]', async () => {
    const data = [pushed('key1', { remoteKey: 'override-key1' })];
    const world = await spreading([{}], { data }, { key1: '1', key2: '2' });

    expect(names(world)).toEqual(['key2', 'override-key1']);
    expect(remote(world, 'override-key1')).toBe('1');
    expect(remote(world, 'key1')).toBeUndefined();
  });

  test('gives way to data that calls the key by its decoded name [PUSH11 PUSH32]', async () => {
    const encoded = 'some-array_U005b_0_U005d_.entity';
    const data = [pushed('some-array[0].entity', { remoteKey: 'entity' }, { conversionStrategy: 'ReverseUnicode' })];
    const world = await spreading([{}], { data }, { [encoded]: 'e', other: 'o' });

    expect(names(world)).toEqual(['other', 'entity']);
    expect(remote(world, 'entity')).toBe('e');
  });

  test.each<[string, readonly Spec[], Spec, string]>([
    [
      'an expression that is none [PUSH33]',
      [{ match: { regexp: '[' } }],
      {},
      'set secret failed: failed to expand dataTo: dataTo[0]: match failed: failed to compile regexp pattern "[": error parsing regexp: missing closing ]: `[`',
    ],
    [
      'a rewrite whose expression is none',
      [{ rewrite: [regexp('(', '')] }],
      {},
      'set secret failed: failed to expand dataTo: dataTo[0]: rewrite failed: rewrite[0]: invalid regexp "(": error parsing regexp: missing closing ): `(`',
    ],
    [
      'a rewrite whose template is none',
      [{ rewrite: [{ transform: { template: '{{ nope }}' } }] }],
      {},
      'set secret failed: failed to expand dataTo: dataTo[0]: rewrite failed: rewrite[0]: invalid template: template: transform:1: function "nope" not defined',
    ],
    [
      'a rewrite whose template fails',
      [{ rewrite: [{ transform: { template: '{{ fail .value }}' } }] }],
      {},
      'set secret failed: failed to expand dataTo: dataTo[0]: rewrite failed: rewrite[0] on key "db-host": template exec: template: transform:1:3: error calling fail',
    ],
    [
      'two rules for one remote key [PUSH34]',
      [{ match: { regexp: 'host' } }, { match: { regexp: 'user' }, rewrite: [regexp('.*', 'db-host')] }],
      {},
      'set secret failed: failed to expand dataTo: dataTo[1]: duplicate remote key "db-host" from source key "db-user" (conflicts with dataTo[0]:db-host)',
    ],
    [
      'a rule and an entry for one remote key [PUSH34]',
      [{}],
      { data: [pushed('other', { remoteKey: 'db-host' })] },
      'set secret failed: failed to merge data entries: duplicate remote key "db-host": source keys "db-host" and "other" both map to the same destination',
    ],
    [
      'two entries for one key and property [PUSH34]',
      [],
      { data: [pushed('other', { property: 'p' }), pushed('db-host', { property: 'p' })] },
      'set secret failed: failed to merge data entries: duplicate remote key "path/to/key" with property "p": source keys "other" and "db-host" both map to the same destination',
    ],
    [
      'a store that is not listed [PUSH35]',
      [{ storeRef: { name: 'b' } }],
      {},
      'dataTo[0]: storeRef "b" not found in secretStoreRefs',
    ],
    [
      'labels that no store has [PUSH35]',
      [{ storeRef: { labelSelector: { matchLabels: { a: 'b' } } } }],
      {},
      'dataTo[0]: labelSelector does not match any store in secretStoreRefs',
    ],
    [
      'a bundle with rewrites, where the definition lets it through [PUSH39]',
      [{ remoteKey: 'all', rewrite: [regexp('a', 'b')] }],
      {},
      'spec.dataTo[0]: remoteKey and rewrite are mutually exclusive: rewrite is only supported in per-key mode (without remoteKey)',
    ],
  ])('refuses %s', async (...[, rules, spec, message]) => {
    const world = await spreading(rules, spec);

    expect(world.ready(PS)).toBe(errored(message));
    expect(world.secrets.calls({ operation: 'write' })).toEqual([]);
  });

  test('lets entries share a remote key for several properties [PUSH34]', async () => {
    const data = [pushed('db-host', { property: 'host' }), pushed('db-user', { property: 'user' })];
    const world = await spreading([], { data });

    expect(names(world)).toEqual(['path/to/key/host', 'path/to/key/user']);
    expect(remote(world)).toBe('{"host":"h","user":"u"}');
  });

  test('for several stores gives each its own [PUSH36]', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values(DB) });
    const dataTo = [
      { ...AWS, match: { regexp: 'host' } },
      { storeRef: { name: 'b' }, match: { regexp: 'user' } },
    ];
    const secretStoreRefs = [{ name: 'aws' }, { name: 'b' }];

    await world.apply(
      secretStore(),
      secretStore({ name: 'b', spec: awsProvider({ prefix: 'b/' }) }),
      pushSecret({ spec: { secretStoreRefs, data: [], dataTo } }),
    );
    await world.settle();

    expect(listed(world)).toEqual({ 'SecretStore/aws': ['db-host'], 'SecretStore/b': ['db-user'] });
    expect(remote(world, 'b/db-user')).toBe('u');
  });

  test('matches keys that a template made [PUSH37]', async () => {
    const template = { data: { 'db-connection': 'postgres://{{ index . "db-host" }}' } };
    const world = await spreading([{ match: { regexp: '.*-connection$' } }], { template });

    expect(names(world)).toEqual(['db-connection']);
    expect(remote(world, 'db-connection')).toBe('postgres://h');
  });

  test('with a remote key makes one object of what matched, beside rules for single keys [PUSH38]', async () => {
    const world = await spreading([
      { remoteKey: 'all' },
      { remoteKey: 'db', match: { regexp: '^db-' } },
      { match: { regexp: 'other' } },
    ]);

    expect(names(world)).toEqual(['all', 'db', 'other']);
    expect(remote(world, 'all')).toBe('{"db-host":"h","db-user":"u","other":"o"}');
    expect(remote(world, 'db')).toBe('{"db-host":"h","db-user":"u"}');
  });

  test('keeps a key in its bundle that has an entry of its own; an entry for all takes the bundles’ place [PUSH40]', async () => {
    const world = await spreading([{ remoteKey: 'all' }], { data: [pushed('other', { remoteKey: 'own' })] });
    const whole = await spreading([{ remoteKey: 'all' }], { data: [pushed('', { remoteKey: 'own' })] });

    expect(names(world)).toEqual(['all', 'own']);
    expect(remote(world, 'all')).toBe('{"db-host":"h","db-user":"u","other":"o"}');
    expect(names(whole)).toEqual(['own']);
  });
});
