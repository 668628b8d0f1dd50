import { describe, expect, test } from '@jest/globals';
import { StoreRejectedError } from '../../../src/domain/store-error.ts';
import { StoreAccessDeniedError, StoreUnavailableError } from '../../../src/domain/sync-error.ts';
import { awsProvider, externalSecret, type Manifest, secretStore } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const finding = (find: Spec, more: Spec = {}): Manifest =>
  externalSecret({ spec: { data: undefined, dataFrom: [{ find }], ...more } });

const byName = (regexp: string, more: Spec = {}): Spec => ({ name: { regexp }, ...more });

const SECRETS = {
  'app/one': { env: 'prod' },
  'app/two': { env: 'production' },
  'application/three': { env: 'prod', team: 'a' },
  'other/four': { env: 'dev', other: 'prod' },
};

/** A Secrets Manager with {@link SECRETS}, each holding its own name, and an object that looks for some. */
const managerWorld = async (manifest: Manifest, aws: Spec = {}): Promise<World> => {
  const world = await createWorld();
  for (const [name, tags] of Object.entries(SECRETS)) {
    world.secrets.manager.put(name, { text: name });
    world.secrets.manager.tag(name, tags);
  }
  await world.apply(secretStore({ spec: awsProvider(aws) }), manifest);
  await world.settle();
  return world;
};

const parameterWorld = async (manifest: Manifest): Promise<World> => {
  const world = await createWorld();
  for (const [name, tags] of Object.entries(SECRETS)) {
    world.secrets.parameters.put(`/${name}`, name);
    world.secrets.parameters.tag(`/${name}`, tags);
  }
  await world.apply(secretStore({ spec: awsProvider({ service: 'ParameterStore' }) }), manifest);
  await world.settle();
  return world;
};

const keysOf = (world: World) => Object.keys(world.target() ?? {}).sort();

describe('find in Secrets Manager', () => {
  test.each<[string, Spec, readonly string[]]>([
    [
      'by name gives a key for each secret, named in full and converted [ES13]',
      byName('e$'),
      ['app_one', 'application_three'],
    ],
    ['by name is not anchored', byName('o/'), []],
    [
      'by name and path leaves out what is elsewhere [ES14 AWS36]',
      byName('.', { path: 'app/' }),
      ['app_one', 'app_two'],
    ],
    [
      'by path is by the beginning of names [AWS52]',
      byName('.', { path: 'app' }),
      ['app_one', 'app_two', 'application_three'],
    ],
    [
      'by tags takes tags exactly, not as AWS filters them [ES14]',
      { tags: { env: 'prod' } },
      ['app_one', 'application_three'],
    ],
    ['by several tags takes what has all', { tags: { env: 'prod', team: 'a' } }, ['application_three']],
    ['by tags and path takes what meets both [ES14]', { tags: { env: 'prod' }, path: 'app/' }, ['app_one']],
    ['by name and tags applies both [AWS37]', byName('^app/', { tags: { env: 'prod' } }), ['app_one']],
  ])('%s', async (_, find, keys) => {
    const world = await managerWorld(finding(find));

    expect(keysOf(world)).toEqual(keys);
    expect(world.ready()).toMatch(/^True SecretSynced/);
  });

  test('reads a secret under the name it was found by: a prefix is not put before it a second time [AWS39]', async () => {
    const world = await managerWorld(finding(byName('^app/')), { prefix: 'app/' });

    expect(world.target()).toEqual({ app_one: 'app/one', app_two: 'app/two' });
  });

  test('of nothing is no error, and with Retain no Secret is made [ES15 AWS41]', async () => {
    const world = await managerWorld(finding(byName('nowhere')));

    expect(world.ready()).toBe('True SecretSynced: secret retained due to DeletionPolicy=Retain');
    expect(world.target()).toBeUndefined();
  });

  test('of a path alone is refused, and looked at again when it changes [AWS38]', async () => {
    const world = await managerWorld(finding({ path: 'app/' }));

    expect(world.events()).toContain(
      'Warning UpdateFailed: error processing spec.dataFrom[0].find, err: unexpected find operator',
    );
    expect(world.secrets.calls({ operation: 'list' })).toEqual([]);
  });

  test('by an expression that does not compile says where it is wrong [AWS35]', async () => {
    const world = await managerWorld(finding(byName('[')));

    expect(world.events()).toContain(
      'Warning UpdateFailed: error processing spec.dataFrom[0].find, err: could not compile find.name.regexp [[]: error parsing regexp: missing closing ]: `[`',
    );
  });

  test('with one secret that cannot be read fails whole, where the reference leaves it out: the decision of invariant 2 [AWS40]', async () => {
    const world = await managerWorld(finding({ tags: { env: 'prod' } }));
    world.secrets.fail(
      { operation: 'readMany', key: 'app/one' },
      () => new StoreRejectedError('DecryptionFailure: no'),
    );

    await world.sync();

    expect(world.ready()).toBe('False SecretSyncedError: could not get secret data from provider');
    expect(keysOf(world)).toEqual(['app_one', 'application_three']);
  });

  test.each([
    ['denied', new StoreAccessDeniedError('not authorized to perform: secretsmanager:ListSecrets')],
    ['throttled', new StoreUnavailableError('Rate exceeded')],
  ])('whose list is %s is an error, in the words of AWS, and changes nothing', async (_, error) => {
    const world = await managerWorld(finding(byName('^app/')));
    world.secrets.fail({ operation: 'list' }, () => error);

    await world.sync();

    expect(world.events().at(-1)).toBe(
      `Warning UpdateFailed: error processing spec.dataFrom[0].find, err: ${error.message}`,
    );
    expect(keysOf(world)).toEqual(['app_one', 'app_two']);
  });

  test('keeps bytes as they are, and skips a secret that holds nothing', async () => {
    const world = await createWorld();
    world.secrets.manager.put('bytes', { bytes: Uint8Array.of(0, 255) });
    world.secrets.manager.put('nothing', {});
    await world.apply(secretStore(), finding(byName('.')));
    await world.settle();

    const data = world.cluster().secret('team-a', 'db')?.data;
    expect([...(data?.keys() ?? [])]).toEqual(['bytes']);
    expect([...(data?.get('bytes')?.reveal() ?? [])]).toEqual([0, 255]);
  });
});

describe('the strategies of find', () => {
  const single = async (text: string, find: Spec): Promise<World> => {
    const world = await createWorld();
    world.secrets.manager.put('a/b', { text });
    await world.apply(secretStore(), finding(byName('.', find)));
    await world.settle();
    return world;
  };

  test.each<[string, string, readonly [find: Spec, target: Readonly<Record<string, string>>]]>([
    ['converts names to underscores', 'x', [{}, { a_b: 'x' }]],
    ['converts names to code points', 'x', [{ conversionStrategy: 'Unicode' }, { a_U002f_b: 'x' }]],
    ['decodes', 'YmFy', [{ decodingStrategy: 'Base64' }, { a_b: 'bar' }]],
    ['does not read values as JSON', '{"a":"b"}', [{}, { a_b: '{"a":"b"}' }]],
  ])('%s', async (_, text, [find, target]) => {
    expect((await single(text, find)).target()).toEqual(target);
  });

  test('refuse null bytes when asked to, and make no Secret [ES43]', async () => {
    const world = await single('a\0b', { nullBytePolicy: 'Fail' });

    expect(world.events().at(-1)).toContain('fetched secret value for key "a_b" contains null bytes');
    expect(world.target()).toBeUndefined();
  });

  test('store null bytes otherwise [ES43]', async () => {
    expect((await single('a\0b', {})).target()).toEqual({ a_b: 'a\0b' });
  });

  test.each<[string, Spec, Readonly<Record<string, string>>]>([
    ['take a prefix away [ES29]', { regexp: { source: '^a/', target: '' } }, { b: 'x' }],
    ['make names anew', { transform: { template: '{{ .value | replace "/" "." | upper }}' } }, { 'A.B': 'x' }],
  ])('are not needed where a rewrite makes good keys: it may %s', async (_, operation, target) => {
    const world = await createWorld();
    world.secrets.manager.put('a/b', { text: 'x' });
    const dataFrom = [{ find: byName('.'), rewrite: [operation] }];
    await world.apply(secretStore(), externalSecret({ spec: { data: undefined, dataFrom } }));
    await world.settle();

    expect(world.target()).toEqual(target);
  });

  test('do not convert what a rewrite left as it was: that is an error [ES27]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('a/b', { text: 'x' });
    const dataFrom = [{ find: byName('.'), rewrite: [{ regexp: { source: 'nothing', target: '' } }] }];
    await world.apply(secretStore(), externalSecret({ spec: { data: undefined, dataFrom } }));
    await world.settle();

    expect(world.events().at(-1)).toContain('key has invalid character /');
  });

  test('refuse two names that become one key [ES24]', async () => {
    const world = await createWorld();
    for (const name of ['a/b', 'a_b']) world.secrets.manager.put(name, { text: name });
    await world.apply(secretStore(), finding(byName('.')));
    await world.settle();

    expect(world.events().at(-1)).toContain('secret name collision during conversion: a_b');
  });
});

describe('find in Parameter Store', () => {
  test.each<[string, Spec, readonly string[]]>([
    ['by name goes through the whole hierarchy [AWS48]', byName('e$'), ['_app_one', '_application_three']],
    ['by name and path stays below a level [AWS51]', byName('.', { path: '/app' }), ['_app_one', '_app_two']],
    ['by tags', { tags: { env: 'prod' } }, ['_app_one', '_application_three']],
    ['by tags and path', { tags: { env: 'prod' }, path: '/app' }, ['_app_one']],
    [
      'by name and tags applies both, where the reference drops the tags: the decision [AWS50]',
      byName('one', { tags: { env: 'dev' } }),
      [],
    ],
  ])('%s', async (_, find, keys) => {
    expect(keysOf(await parameterWorld(finding(find)))).toEqual(keys);
  });

  test('by no tags at all does not import every parameter, as the reference would: the decision [AWS50]', async () => {
    const world = await parameterWorld(finding({ tags: {} }));

    expect(world.events().at(-1)).toContain('unexpected find operator');
    expect(world.secrets.calls({ operation: 'list' })).toEqual([]);
  });

  test('reads again what was listed with its value before a change of it could wake the object', async () => {
    const world = await parameterWorld(finding(byName('one')));
    expect(world.secrets.calls({ operation: 'readMany' })).toHaveLength(1);
    world.secrets.forgetCalls();

    await world.sync();

    expect(world.secrets.calls().map(({ operation }) => operation)).toEqual(['open', 'list']);
  });
});

describe('what find brings in', () => {
  test('is overridden by later entries and by data, and overrides earlier ones [ES22]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('a', { text: 'found a' });
    world.secrets.manager.put('b', { text: 'found b' });
    world.secrets.manager.put('c', { text: 'found c' });
    world.secrets.manager.put('json', { text: '{"a":"first","b":"second"}' });
    const dataFrom = [
      { extract: { key: 'json' } },
      { find: byName('^[abc]$') },
      { extract: { key: 'json', property: 'none' } },
    ].slice(0, 2);
    const data = [{ secretKey: 'c', remoteRef: { key: 'json', property: 'b' } }];
    await world.apply(secretStore(), externalSecret({ spec: { dataFrom, data } }));
    await world.settle();

    expect(world.target()).toEqual({ a: 'found a', b: 'found b', c: 'second' });
  });

  test('comes from the store an entry names [ES16 ES17]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('s', { text: 'secret' });
    world.secrets.parameters.put('/p', 'parameter');
    const dataFrom = [
      { find: byName('s') },
      { find: byName('p'), sourceRef: { storeRef: { name: 'parameters', kind: 'SecretStore' } } },
    ];
    await world.apply(
      secretStore(),
      secretStore({ name: 'parameters', spec: awsProvider({ service: 'ParameterStore' }) }),
      externalSecret({ spec: { data: undefined, dataFrom } }),
    );
    await world.settle();

    expect(world.target()).toEqual({ s: 'secret', _p: 'parameter' });
  });

  test('leaves the Secret when it is no longer found [ES21]', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    world.secrets.manager.delete('app/one');

    await world.sync();

    expect(world.target()).toEqual({ app_two: 'app/two' });
  });

  test('takes the Secret along when nothing is left and deletionPolicy is Delete', async () => {
    const world = await managerWorld(finding(byName('^app/'), { target: { deletionPolicy: 'Delete' } }));
    world.secrets.manager.delete('app/one');
    world.secrets.manager.scheduleDeletion('app/two');

    await world.sync();

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toMatch(/^True SecretDeleted/);
  });

  test('follows each of its secrets by event, like any other key', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    await world.clock.advance(20_000);

    await world.rotate('app/two', 'new');
    await world.settle();

    expect(world.target()).toEqual({ app_one: 'app/one', app_two: 'new' });
  });

  test('is read again when a read is older than what was announced, and nothing is written meanwhile', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    await world.clock.advance(20_000);
    const writes = world.watchWrites();
    world.secrets.manager.lag('app/two', 0);

    const rotated = world.rotate('app/two', 'new');
    world.secrets.manager.lag('app/two', 1);
    await rotated;
    await world.settle();
    expect(writes).toEqual([]);

    await world.elapse(3_000);
    expect(world.target()).toMatchObject({ app_two: 'new' });
  });

  test('is remembered by version, each', async () => {
    const world = await managerWorld(finding(byName('^app/')));

    const state = await world.state();
    expect(state?.versions.map(({ id }) => id.split('#').slice(2))).toEqual([
      ['secretsmanager', 'app/one', ''],
      ['secretsmanager', 'app/two', ''],
    ]);
    expect(state?.finds).toHaveLength(1);
  });

  test('is verified at the interval without a request to the cluster', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    await world.clock.advance(20_000);
    world.cluster().requests.reset();

    await world.elapse(3_800_000);

    expect(world.cluster().requests.count()).toBe(0);
    expect((await world.state())?.verifiedAt).toBeGreaterThan(world.clock.now() - 300_000);
  });

  test('is found at the interval when no event told of it', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    world.secrets.manager.put('app/five', { text: 'five' });

    await world.elapse(3_800_000);

    expect(keysOf(world)).toEqual(['app_five', 'app_one', 'app_two']);
  });

  test('costs one list and one read of each for two objects of one batch', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    const other = {
      ...finding(byName('^app/')),
      ref: { kind: 'ExternalSecret', namespace: 'team-a', name: 'other' },
    } as const;
    await world.apply(other);
    await world.settle();
    world.secrets.forgetCalls();

    await world.reconcile(world.request([finding({}).ref, other.ref]));

    expect(world.secrets.calls({ operation: 'list' })).toHaveLength(1);
    expect(world.secrets.calls({ operation: 'readMany' })).toHaveLength(2);
  });

  test('is too much for one Secret beyond a thousand, and says so', async () => {
    const world = await createWorld();
    for (let index = 0; index <= 1_000; index += 1) world.secrets.manager.put(`s${index}`, { text: 'x' });
    await world.apply(secretStore(), finding(byName('^s')));
    await world.settle();

    expect(world.events().at(-1)).toContain('find matches 1001 secrets');
  });
});

describe('a list that lags behind', () => {
  test('takes nothing away that can still be read', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    world.secrets.manager.put('app/late', { text: 'late' });
    await world.sync();
    world.secrets.manager.delete('app/late');
    world.secrets.manager.lagLists(true);
    world.secrets.manager.put('app/late', { text: 'again' });

    await world.sync();

    expect(keysOf(world)).toEqual(['app_late', 'app_one', 'app_two']);
  });

  test('shows what is gone, and it leaves all the same', async () => {
    const world = await managerWorld(finding(byName('^app/')));
    world.secrets.manager.lagLists(true);
    world.secrets.manager.delete('app/one');
    world.secrets.manager.scheduleDeletion('app/two');

    await world.sync();

    expect(world.ready()).toBe('True SecretSynced: secret retained due to DeletionPolicy=Retain');
  });

  test('takes nothing away on its word alone: tags are asked for', async () => {
    const world = await managerWorld(finding({ tags: { env: 'prod' } }));
    world.secrets.manager.tag('app/one', { env: 'dev' });
    world.secrets.manager.lagLists(true);
    world.secrets.manager.tag('app/one', { env: 'prod' });

    await world.sync();

    expect(keysOf(world)).toEqual(['app_one', 'application_three']);
  });

  test('is believed where tags may not be asked for', async () => {
    const world = await managerWorld(finding({ tags: { env: 'prod' } }));
    world.secrets.manager.tag('app/one', { env: 'dev' });
    world.secrets.fail({ operation: 'readTags' }, () => new StoreAccessDeniedError('denied'));

    await world.sync();

    expect(keysOf(world)).toEqual(['application_three']);
  });
});
