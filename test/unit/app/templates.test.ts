import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { createEngine } from '../../../src/adapters/engine/engine.ts';
import { createReconcile } from '../../../src/app/reconcile.ts';
import { fieldManagerFor } from '../../../src/domain/hashes.ts';
import { ownedDataKeys, ownedLabels } from '../../../src/domain/owned-fields.ts';
import { ClusterForbiddenError, ClusterUnreachableError } from '../../../src/domain/sync-error.ts';
import type { TargetSecret } from '../../../src/domain/target-secret.ts';
import { data, externalSecret, NAMESPACE, secretStore, values } from '../../support/builders.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const SYNCED = 'True SecretSynced: secret synced';
const FAILED = 'False SecretSyncedError: could not update secret';
const VALUE = JSON.stringify({ user: 'app', password: 's3cret' });
const EXTRACT: Spec = { data: undefined, dataFrom: [{ extract: { key: 'prod/db' } }] };

const templated = (template: Spec, target: Spec = {}, more: Spec = {}) =>
  externalSecret({ spec: { ...EXTRACT, target: { ...target, template }, ...more } });

/** `prod/db` holds {@link VALUE}; nothing is applied yet. */
const emptyWorld = async (): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: VALUE });
  return world;
};
const applied = async (template: Spec, target: Spec = {}, prepare?: (world: World) => void): Promise<World> => {
  const world = await emptyWorld();
  prepare?.(world);
  await world.apply(secretStore(), templated(template, target));
  await world.settle();
  return world;
};
const secretOf = (world: World): TargetSecret => {
  const secret = world.cluster().secret(NAMESPACE, 'db');
  if (secret === undefined) throw new Error('there is no Secret');
  return secret;
};
const mapOf = (name: string, ...keys: readonly string[]): Spec => ({
  configMap: { name, items: keys.map((key) => ({ key })) },
});
const yamlOf = (name: string, key: string): Spec => ({
  configMap: { name, items: [{ key, templateAs: 'KeysAndValues' }] },
});

describe('a template', () => {
  test('makes the keys of the Secret', async () => {
    const world = await applied({ data: { url: 'db://{{ .user }}:{{ .password }}@host' } });

    expect(world.target()).toEqual({ url: 'db://app:s3cret@host' });
    expect(world.ready()).toBe(SYNCED);
    expect(world.engines.calls).toBe(1);
  });

  test('follows its values', async () => {
    const world = await applied({ data: { password: '{{ .password | upper }}' } });

    await world.rotate('prod/db', '{"user":"app","password":"new"}');
    await world.settle();

    expect(world.target()).toEqual({ password: 'NEW' });
  });

  test('takes away the keys it makes no more [ES70]', async () => {
    const world = await applied({ data: { a: 'a', b: 'b' } }, { creationPolicy: 'CreateOrMerge' });

    await world.apply(templated({ data: { a: 'a' } }, { creationPolicy: 'CreateOrMerge' }));
    await world.settle();

    expect(world.target()).toEqual({ a: 'a' });
  });

  test.each<[string, Spec, Spec]>([
    ['is empty', {}, { user: 'app', password: 's3cret' }],
    ['has only metadata [ES66]', { metadata: { labels: { a: 'b' } } }, { user: 'app', password: 's3cret' }],
    ['has only a type [ES67]', { type: 'example.com/custom' }, { user: 'app', password: 's3cret' }],
    ['replaces by default [ES68]', { data: { a: '1' } }, { a: '1' }],
    [
      'merges [ES68]',
      { mergePolicy: 'Merge', data: { a: '1', user: 'mine' } },
      { a: '1', user: 'mine', password: 's3cret' },
    ],
    [
      'has keys of both kinds [ES68]',
      { data: { a: 'data' }, templateFrom: [{ literal: 'a: literal\nb: literal' }] },
      { a: 'data', b: 'literal' },
    ],
    ['renders nothing but a comment', { templateFrom: [{ literal: '# {{ .user }}' }] }, {}],
  ])('that %s keeps what it should', async (_, template, expected) => {
    const world = await applied(template);

    expect(world.target()).toEqual(expected);
  });

  test('gives the Secret its type [ES67]', async () => {
    const world = await applied({ type: 'example.com/custom' });

    expect(secretOf(world).type).toBe('example.com/custom');
  });

  test('without a type keeps the one that is there', async () => {
    const world = await applied({ data: { a: 'b' } }, { creationPolicy: 'Merge' }, (prepared) => {
      prepared.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { type: 'example.com/custom' });
    });

    expect(secretOf(world).type).toBe('example.com/custom');
    expect(world.ready()).toBe(SYNCED);
  });

  test('that changes the type of a Secret is refused by the cluster', async () => {
    const world = await applied({ data: { a: 'b' } });

    await world.apply(templated({ type: 'example.com/custom', data: { a: 'c' } }));
    await world.settle();

    expect(world.ready()).toBe(FAILED);
    expect(world.target()).toEqual({ a: 'b' });
  });

  test('keeps under Merge what others put there, and drops what it put there before', async () => {
    const target = { creationPolicy: 'Merge' };
    const world = await applied({ data: { mine: 'b' } }, target, (prepared) => {
      prepared.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { data: values({ theirs: 'a' }) }, 'helm');
    });
    expect(world.target()).toEqual({ mine: 'b', theirs: 'a' });

    await world.apply(templated({ data: { other: 'c' } }, target));
    await world.settle();

    expect(world.target()).toEqual({ other: 'c', theirs: 'a' });
    expect([...ownedDataKeys(secretOf(world), fieldManagerFor('db'))]).toEqual(['other']);
  });
});

describe('the metadata of the Secret', () => {
  const labels = { team: 'orders' };

  test('come from the template alone when there is one [ES66]', async () => {
    const world = await emptyWorld();
    const { ref, spec } = templated({
      metadata: { labels: { user: '{{ .user }}' }, annotations: { a: '{{ len .user }}' } },
    });

    await world.apply(secretStore(), { ref, spec, labels, annotations: { note: 'x' } });
    await world.settle();

    expect(secretOf(world).labels).toMatchObject({ user: 'app' });
    expect(secretOf(world).labels).not.toHaveProperty('team');
    expect(secretOf(world).annotations).toMatchObject({ a: '3' });
    expect(secretOf(world).annotations).not.toHaveProperty('note');
  });

  test('that a template gave are taken away with it, those of others stay', async () => {
    const world = await applied({ metadata: { labels: { mine: 'x' } } }, {}, (prepared) => {
      prepared.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { labels: { theirs: 'y' } }, 'helm');
    });
    expect(secretOf(world).labels).toMatchObject({ mine: 'x', theirs: 'y' });

    await world.apply(templated({}));
    await world.settle();

    expect(secretOf(world).labels).toMatchObject({ theirs: 'y' });
    expect([...ownedLabels(secretOf(world), fieldManagerFor('db'))]).not.toContain('mine');
  });

  test('cannot be made to say that the Secret is not managed', async () => {
    const managed = 'reconcile.external-secrets.io/managed';
    const world = await applied({ metadata: { labels: { [managed]: 'false' } } });

    expect(secretOf(world).labels).toMatchObject({ [managed]: 'true' });
  });

  test('get finalizers, which are never taken away [ES71]', async () => {
    const world = await applied({ metadata: { finalizers: ['example.com/one'] } });
    expect(secretOf(world).finalizers).toEqual(['example.com/one']);

    await world.apply(templated({ metadata: { finalizers: ['example.com/two'] } }));
    await world.settle();

    expect(secretOf(world).finalizers).toEqual(['example.com/one', 'example.com/two']);
  });

  test('get no finalizers while the Secret is being deleted', async () => {
    const world = await applied({ metadata: { finalizers: ['example.com/one'] } });
    world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name: 'db' });

    await world.apply(templated({ metadata: { finalizers: ['example.com/two'] } }));
    await world.settle();

    expect(secretOf(world).finalizers).toEqual(['example.com/one']);
    expect(world.ready()).toBe(SYNCED);
  });
});

describe('templates kept elsewhere', () => {
  test('are read with one request an object, however often it is used', async () => {
    const templateFrom = [
      mapOf('tpl', 'a', 'b'),
      yamlOf('tpl', 'c'),
      { secret: { name: 'keys', items: [{ key: 'd' }] } },
    ];
    const world = await applied({ templateFrom }, {}, (prepared) => {
      prepared
        .cluster()
        .putConfigMap(NAMESPACE, 'tpl', { a: 'A {{ .user }}', b: 'B', c: '{{ .user }}: {{ .password }}' });
      prepared.cluster().putSecret({ namespace: NAMESPACE, name: 'keys' }, { data: values({ d: 'D {{ .user }}' }) });
    });

    expect(world.target()).toEqual({ a: 'A app', b: 'B', app: 's3cret', d: 'D app' });
    expect(world.cluster().requests.count({ resource: 'configmaps' })).toBe(1);
    expect(world.cluster().requests.count({ verb: 'get', resource: 'secrets' })).toBe(1);
  });

  test('are read once for all objects of a message', async () => {
    const world = await emptyWorld();
    world.cluster().putConfigMap(NAMESPACE, 'tpl', { a: '{{ .user }}' });
    const refs = ['one', 'two', 'three'].map((name) => ({ ...DB, name }));
    for (const { name } of refs) {
      const { ref, spec } = externalSecret({
        name,
        spec: { ...EXTRACT, target: { template: { templateFrom: [mapOf('tpl', 'a')] } } },
      });
      world.cluster().put(ref, { spec });
      await world.seen(ref);
    }
    world.cluster().put(secretStore().ref, { spec: secretStore().spec });
    await world.seen(secretStore().ref);

    await world.reconcile(world.request(refs));

    expect(world.target('three')).toEqual({ a: 'app' });
    expect(world.cluster().requests.count({ resource: 'configmaps' })).toBe(1);
  });

  test('apply in the order of the list, and before data', async () => {
    const world = await applied(
      {
        data: { d: 'data' },
        templateFrom: [
          {
            ...mapOf('tpl', 'a', 'b', 'c', 'd'),
            secret: { name: 'keys', items: ['b', 'c', 'd'].map((key) => ({ key })) },
            literal: 'c: literal\nd: literal',
          },
          { literal: 'x: later' },
          { literal: 'x: last' },
        ],
      },
      {},
      (prepared) => {
        const all = (text: string) => ({ a: text, b: text, c: text, d: text });
        prepared.cluster().putConfigMap(NAMESPACE, 'tpl', all('map'));
        prepared.cluster().putSecret({ namespace: NAMESPACE, name: 'keys' }, { data: values(all('secret')) });
      },
    );

    expect(world.target()).toEqual({ a: 'map', b: 'secret', c: 'literal', d: 'data', x: 'last' });
  });

  test('go into data, labels and annotations [ES69]', async () => {
    const world = await applied({
      metadata: { labels: { both: 'metadata' } },
      templateFrom: [
        { literal: '{{ .user }}: data' },
        { literal: '{{ .user }}: label\nboth: literal', target: 'LABELS' },
        { literal: '{{ .user }}: annotation', target: 'annotations' },
      ],
    });

    expect(world.target()).toEqual({ app: 'data' });
    expect(secretOf(world).labels).toMatchObject({ app: 'label', both: 'metadata' });
    expect(secretOf(world).annotations).toMatchObject({ app: 'annotation' });
  });

  test('have their values decoded, and never their keys', async () => {
    const world = await applied({
      templateFrom: [{ literal: 'service: SGVsbG8=\nSGVsbG8=: SGVsbG8=', valuesDecodingStrategy: 'Base64' }],
    });

    expect(world.target()).toEqual({ service: 'Hello', 'SGVsbG8=': 'Hello' });
  });

  test('whose values cannot be decoded fail by the key’s name', async () => {
    const world = await applied({
      templateFrom: [{ literal: 'good: SGVsbG8=\nbad: not-base64!', valuesDecodingStrategy: 'Base64' }],
    });

    expect(world.target()).toBeUndefined();
    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: could not apply template: error fetching templateFrom data: ' +
        'failed to decode rendered template value for key bad: illegal base64 data at input byte 3',
    );
  });

  test.each<[string, Spec, string]>([
    ['a missing ConfigMap', mapOf('nope', 'a'), 'configmaps "nope" not found'],
    ['a missing key of a ConfigMap', mapOf('tpl', 'nope'), 'error in configmap tpl: missing key nope'],
    ['a missing Secret', { secret: { name: 'nope', items: [{ key: 'a' }] } }, 'secrets "nope" not found'],
    [
      'a missing key of a Secret',
      { secret: { name: 'keys', items: [{ key: 'b' }] } },
      'error in secret keys: missing key b',
    ],
  ])('%s is said, and looked for again', async (_, source, message) => {
    const world = await applied({ templateFrom: [source] }, {}, (prepared) => {
      prepared.cluster().putConfigMap(NAMESPACE, 'tpl', { a: 'x' });
      prepared.cluster().putSecret({ namespace: NAMESPACE, name: 'keys' }, { data: values({ a: 'x' }) });
    });
    expect(world.ready()).toBe(FAILED);
    expect(world.events().at(-1)).toBe(
      `Warning UpdateFailed: could not apply template: error fetching templateFrom data: ${message}`,
    );

    world.cluster().putConfigMap(NAMESPACE, 'nope', { a: 'x' });
    world.cluster().putConfigMap(NAMESPACE, 'tpl', { nope: 'x' });
    for (const name of ['nope', 'keys'])
      world.cluster().putSecret({ namespace: NAMESPACE, name }, { data: values({ a: 'x', b: 'x' }) });
    await world.elapse(60_000);

    expect(world.ready()).toBe(SYNCED);
  });

  test.each([
    ['that may not be read', new ClusterForbiddenError('get configmaps in namespace team-a is forbidden')],
    ['whose cluster gives no answer', new ClusterUnreachableError('the API server gave no answer')],
  ])('%s leave the Secret as it is', async (_, error) => {
    const world = await applied({ templateFrom: [mapOf('tpl', 'a')] }, {}, (prepared) =>
      prepared.cluster().putConfigMap(NAMESPACE, 'tpl', { a: '{{ .user }}' }),
    );
    world.cluster().fail('readConfigMap', error);

    await world.rotate('prod/db', '{"user":"new"}');
    await world.settle();

    expect(world.target()).toEqual({ a: 'app' });
    expect(world.ready()).toBe(FAILED);
    expect(world.events().at(-1)).toBe(
      `Warning UpdateFailed: unable to mutate secret db: could not apply template: error fetching templateFrom data: ${error.message}`,
    );
  });

  test('are picked up at the interval when they change, although no version moved', async () => {
    const world = await applied({ templateFrom: [mapOf('tpl', 'a')] }, {}, (prepared) =>
      prepared.cluster().putConfigMap(NAMESPACE, 'tpl', { a: 'before' }),
    );
    world.cluster().putConfigMap(NAMESPACE, 'tpl', { a: 'after' });

    await world.elapse(1.03 * 3_600_000);

    expect(world.target()).toEqual({ a: 'after' });
  });
});

describe('a template that fails', () => {
  test('writes nothing, says so and leaves out the values', async () => {
    const world = await applied({ data: { good: '{{ .user }}', bad: '{{ .password | atoi | fail }}' } });

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toBe(FAILED);
    const [event = ''] = world.events().slice(-1);
    expect(event).toMatch(
      /^Warning UpdateFailed: could not apply template: could not execute template: could not execute template: unable to execute template at key bad/,
    );
    expect(event).not.toContain('s3cret');
  });

  test('leaves the Secret as it is', async () => {
    const world = await applied({ data: { a: '{{ .user }}' } });
    const before = secretOf(world);

    await world.apply(templated({ data: { a: '{{ .nope }}', b: 'new' }, metadata: { labels: { c: 'd' } } }));
    await world.settle();

    expect(secretOf(world)).toEqual(before);
    expect(world.ready()).toBe(FAILED);
    expect(world.events().at(-1)).toMatch(/unable to mutate secret db: could not apply template: could not execute/);
  });

  test.each<[string, Spec, string]>([
    ['of a label', { metadata: { labels: { l: '{{ .nope }}' } } }, 'unable to execute template at key l'],
    ['of an annotation', { metadata: { annotations: { n: '{{' } } }, 'unable to parse template at key n'],
    ['of no YAML', { templateFrom: [{ literal: '{{ .user }}' }] }, 'error fetching templateFrom data: '],
  ])('%s is named', async (_, template, message) => {
    const world = await applied(template);

    expect(world.ready()).toBe(FAILED);
    expect(world.events().at(-1)).toContain(message);
  });

  test('is not tried again before the interval is over', async () => {
    const world = await applied({ data: { a: '{{ .nope }}' } });
    const asked = world.engines.calls;

    await world.elapse(50 * 60_000);
    expect(world.engines.calls).toBe(asked);
    await world.elapse(15 * 60_000);

    expect(world.engines.calls).toBe(asked + 1);
  });

  test('is tried again ever more seldom where the interval is short', async () => {
    const world = await emptyWorld();
    await world.apply(secretStore(), templated({ data: { a: '{{ .nope }}' } }, {}, { refreshInterval: '1s' }));

    await world.elapse(10 * 60_000);

    expect(world.engines.calls).toBeLessThan(15);
  });

  test('is tried again as soon as a value changes', async () => {
    const world = await applied({ data: { a: '{{ .more }}' } });

    await world.rotate('prod/db', '{"more":"now"}');
    await world.settle();

    expect(world.target()).toEqual({ a: 'now' });
    expect(world.ready()).toBe(SYNCED);
  });

  test('that is refused before it is rendered changes nothing', async () => {
    const world = await applied({ data: { a: '{{ .user }}' } });
    const before = secretOf(world);

    await world.apply(templated({ type: 'bootstrap.kubernetes.io/token', data: { a: 'b' } }));
    await world.settle();

    expect(secretOf(world)).toEqual(before);
    expect(world.ready()).toBe('False SecretSyncedError: template.type="bootstrap.kubernetes.io/token" is not allowed');
  });

  test('fails alone: the other objects of the message are synced', async () => {
    const world = await emptyWorld();
    const endless = externalSecret({
      name: 'endless',
      spec: { ...EXTRACT, target: { template: { data: { a: '{{ range until 1000000000 }}x{{ end }}' } } } },
    });
    await world.apply(secretStore(), templated({ data: { a: '{{ .user }}' } }), endless);

    await world.settle();

    expect(world.target()).toEqual({ a: 'app' });
    expect(world.ready(endless.ref)).toBe(FAILED);
    expect(world.target('endless')).toBeUndefined();
  }, 20_000);
});

describe('a template is not rendered', () => {
  const BROKEN = { data: { a: '{{ .nope }}' } };

  test.each<[string, Spec, string]>([
    ['where nothing is written', { creationPolicy: 'None' }, SYNCED],
    [
      'where there is nothing to merge with',
      { creationPolicy: 'Merge' },
      'True SecretMissing: secret will not be created due to CreationPolicy=Merge',
    ],
  ])('%s', async (_, target, ready) => {
    const world = await applied(BROKEN, target);

    expect(world.ready()).toBe(ready);
    expect(world.engines.calls).toBe(0);
  });

  test('into a Secret that exists and is to be immutable', async () => {
    const world = await applied(BROKEN, { immutable: true }, (prepared) => {
      prepared.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { data: values({ frozen: 'x' }) });
    });

    expect(world.target()).toEqual({ frozen: 'x' });
    expect(secretOf(world).immutable).toBe(true);
    expect(world.ready()).toBe(SYNCED);
    expect(world.engines.calls).toBe(0);
  });

  test('from nothing, which retains the Secret', async () => {
    const world = await emptyWorld();
    world.secrets.manager.put('prod/db', { text: '{}' });
    await world.apply(secretStore(), templated(BROKEN));

    await world.settle();

    expect(world.ready()).toBe('True SecretSynced: secret retained due to DeletionPolicy=Retain');
    expect(world.engines.calls).toBe(0);
  });

  test('when a due check finds every version where it was, even one that gives something else each time', async () => {
    const world = await applied({ data: { random: '{{ randAlphaNum 20 }}' } });
    const before = secretOf(world);

    await world.elapse(5 * 3_600_000);

    expect(secretOf(world)).toEqual(before);
    expect(world.engines.calls).toBe(1);
  });
});

test('a sync of plain values never asks the engine', async () => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: '{"a":{"b.c":"1"},"list":["x"]}' });
  const spec = {
    dataFrom: [{ extract: { key: 'prod/db' } }],
    data: [data('a', { property: 'a.b\\.c' }), data('b', { property: 'list.0' }), data('whole')],
  };
  await world.apply(secretStore(), externalSecret({ spec }));

  await world.settle();
  await world.rotate('prod/db', '{"a":{"b.c":"2"},"list":["y"]}');
  await world.settle();

  expect(world.target()).toMatchObject({ a: '2', b: 'y' });
  expect(world.engines.calls).toBe(0);
});

test('the engine is read from its file when the first template needs it, and not before', async () => {
  const world = await emptyWorld();
  const blob = await readFile(new URL('../../../engine/engine.wasm.br', import.meta.url));
  const read: URL[] = [];
  const engines = createEngine({
    readBlob: async (url) => {
      read.push(url);
      return blob;
    },
  });
  const reconcile = createReconcile({ ...world.deps, engines });
  await world.apply(secretStore(), externalSecret());
  for (const request of world.takeReady()) await reconcile(request);
  expect(world.target()).toEqual({ password: VALUE });
  expect(read).toHaveLength(0);

  await world.apply(templated({ data: { user: '{{ .user }}' } }));
  for (const request of world.takeReady()) await reconcile(request);

  expect(world.target()).toEqual({ user: 'app' });
  expect(read).toHaveLength(1);
  await engines.close();
});

test('a property may be a query, and a key be rewritten, in the deployed use case too', async () => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: '{"users":[{"name":"a","admin":true}],"x/y":"z"}' });
  const spec = {
    dataFrom: [
      {
        extract: { key: 'prod/db' },
        rewrite: [{ regexp: { source: '/', target: '_' } }, { transform: { template: '{{ .value | upper }}' } }],
      },
    ],
    data: [data('admin', { property: 'users.#(admin==true).name' })],
  };
  await world.apply(secretStore(), externalSecret({ spec }));

  await world.settle();

  expect(world.target()).toEqual({ USERS: '[{"name":"a","admin":true}]', X_Y: 'z', admin: 'a' });
});
