import { describe, expect, test } from '@jest/globals';
import { contentOf, type ManifestRef, toContent } from '../../../src/domain/manifest-target.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import { ClusterForbiddenError } from '../../../src/domain/sync-error.ts';
import { data, externalSecret, NAMESPACE, secretStore } from '../../support/builders.ts';
import { createWorld, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const CONFIG_MAP: ManifestRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'db' };
const WIDGET: ManifestRef = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: NAMESPACE, name: 'db' };
const HASH = 'reconcile.external-secrets.io/data-hash';
const MANAGED = 'reconcile.external-secrets.io/managed';

const into = ({ apiVersion, kind }: Pick<ManifestRef, 'apiVersion' | 'kind'>, target: Spec = {}, more: Spec = {}) =>
  externalSecret({ spec: { target: { manifest: { apiVersion, kind }, ...target }, ...more } });
const emptyWorld = async (genericTargets = true): Promise<World> => {
  const world = await createWorld({}, genericTargets);
  world.secrets.manager.put('prod/db', { text: 'one' });
  return world;
};
const applied = async (world: World, manifest: ReturnType<typeof into>): Promise<World> => {
  await world.apply(secretStore(), manifest);
  await world.settle();
  await world.clock.advance(20_000);
  return world;
};
const found = (world: World, ref: ManifestRef) => world.cluster().manifests.get(ref);
const members = (world: World, ref: ManifestRef) => {
  const object = found(world, ref);
  return object && contentOf(object);
};

describe('a target of another kind', () => {
  test('is refused while the deploy parameter does not allow it [ES113]', async () => {
    const world = await applied(await emptyWorld(false), into(CONFIG_MAP));

    expect(found(world, CONFIG_MAP)).toBeUndefined();
    expect(world.ready()).toBe('False SecretSyncedError: invalid generic target');
    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: generic targets are disabled: spec.target.manifest needs the deploy parameter genericTargets',
    );
  });

  test.each([
    ['without apiVersion [ES113]', { apiVersion: '', kind: 'ConfigMap' }, 'apiVersion and kind must not be empty'],
    ['without kind [ES113]', { apiVersion: 'v1', kind: '' }, 'apiVersion and kind must not be empty'],
    ['of our own API', { apiVersion: 'external-secrets.io/v1', kind: 'SecretStore' }, 'is no target'],
  ])('%s is refused', async (_, manifest, message) => {
    const world = await applied(await emptyWorld(), into(manifest));

    expect(world.ready()).toMatch(/^False SecretSyncedError: spec\.target\.manifest: /);
    expect(world.ready()).toContain(message);
  });

  test('that says Secret is a Secret, whatever the deploy parameter says', async () => {
    const world = await applied(await emptyWorld(false), into({ apiVersion: 'v1', kind: 'Secret' }));

    expect(world.target()).toEqual({ password: 'one' });
  });

  test('is a ConfigMap with plain texts [ES114]', async () => {
    const world = await applied(await emptyWorld(), into(CONFIG_MAP));

    expect(members(world, CONFIG_MAP)).toEqual({ data: { password: 'one' } });
    expect(found(world, CONFIG_MAP)).toMatchObject({
      labels: { [MANAGED]: 'true' },
      annotations: { [HASH]: expect.stringMatching(/^[0-9a-f]{56}$/) },
      ownerReferences: [{ kind: 'ExternalSecret', name: 'db', uid: world.object().uid, controller: true }],
    });
    expect(world.ready()).toBe('True ResourceSynced: secret synced');
    expect(world.events().at(-1)).toBe('Normal Created: Created ConfigMap db');
    expect(parseStatus(world.object()).binding).toEqual({ name: '' });
  });

  test('is any other object with spec.data [ES115]', async () => {
    const world = await applied(await emptyWorld(), into(WIDGET));

    expect(members(world, WIDGET)).toEqual({ spec: { data: { password: 'one' } } });
  });

  test('follows a rotation at once, and writes nothing when nothing changed', async () => {
    const world = await applied(await emptyWorld(), into(CONFIG_MAP));

    await world.rotate('prod/db', 'two');
    await world.settle();
    const before = found(world, CONFIG_MAP);
    await world.sync();
    await world.elapse(3_800_000);

    expect(members(world, CONFIG_MAP)).toEqual({ data: { password: 'two' } });
    expect(found(world, CONFIG_MAP)).toEqual(before);
    expect(world.events().at(-1)).toBe('Normal Updated: Updated ConfigMap db');
  });

  test('that somebody edited is put right at the interval, as nobody watches it', async () => {
    const world = await applied(await emptyWorld(), into(CONFIG_MAP));
    world.cluster().manifests.put(CONFIG_MAP, { content: toContent({ data: { password: 'edited' } }) });

    await world.elapse(3_800_000);

    expect(members(world, CONFIG_MAP)).toEqual({ data: { password: 'one' } });
  });

  test('that is of a kind nobody serves says so, and is tried again', async () => {
    const world = await applied(await emptyWorld(), into({ apiVersion: 'example.com/v1', kind: 'Gone' }));

    expect(world.ready()).toBe('False ResourceSyncedError: could not get target resource');
    expect(world.events().at(-1)).toContain('Gone in example.com/v1: the cluster does not serve it');
  });

  test('that may not be written says what is missing', async () => {
    const world = await emptyWorld();
    world.cluster().fail('createManifest', new ClusterForbiddenError('create widgets is forbidden'));

    await applied(world, into(WIDGET));

    expect(world.ready()).toBe('False ResourceSyncedError: could not update secret');
    expect(world.events().at(-1)).toBe('Warning UpdateFailed: create widgets is forbidden');
  });

  test('with neither spec nor data has nothing to hash [ES118]', async () => {
    const world = await emptyWorld();
    world.cluster().manifests.put(WIDGET, { content: toContent({ rules: [] }) });
    const template = { templateFrom: [{ target: 'rules', literal: '[1]' }] };

    await applied(world, into(WIDGET, { creationPolicy: 'Merge', template }));

    expect(members(world, WIDGET)).toEqual({ rules: [] });
    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: unable to update Widget db: it has neither spec nor data to hash',
    );
  });
});

describe('a target of another kind that is there already', () => {
  const existing = async () => {
    const world = await emptyWorld();
    world
      .cluster()
      .manifests.put(
        CONFIG_MAP,
        { labels: { app: 'x' }, content: toContent({ data: { password: 'old', mine: 'x' }, immutable: false }) },
        'helm',
      );
    return world;
  };

  test.each([
    ['Owner', { data: { password: 'one' } }],
    ['Orphan', { data: { password: 'one' } }],
    ['Merge', { data: { password: 'one', mine: 'x' }, immutable: false }],
    ['CreateOrMerge', { data: { password: 'one', mine: 'x' }, immutable: false }],
    ['None', { data: { password: 'old', mine: 'x' }, immutable: false }],
  ])('under %s', async (creationPolicy, expected) => {
    const world = await applied(await existing(), into(CONFIG_MAP, { creationPolicy }));

    expect(members(world, CONFIG_MAP)).toEqual(expected);
    expect(found(world, CONFIG_MAP)?.labels).toHaveProperty('app', 'x');
    expect(found(world, CONFIG_MAP)?.ownerReferences).toHaveLength(creationPolicy === 'Owner' ? 1 : 0);
  });

  test('loses a key of ours that the provider lost, and no other, under Merge', async () => {
    const world = await applied(await existing(), into(CONFIG_MAP, { creationPolicy: 'Merge' }));
    world.secrets.manager.put('prod/other', { text: 'other' });

    await applied(
      world,
      into(CONFIG_MAP, { creationPolicy: 'Merge' }, { data: [data('other', { key: 'prod/other' })] }),
    );

    expect(members(world, CONFIG_MAP)).toEqual({ data: { mine: 'x', other: 'other' }, immutable: false });
  });

  test('and another ExternalSecret’s is refused under every policy, unlike in the reference', async () => {
    const world = await existing();
    const owner = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      name: 'other',
      uid: 'u',
      controller: true,
    };
    world.cluster().manifests.put(CONFIG_MAP, { ownerReferences: [owner] });

    await applied(world, into(CONFIG_MAP));

    expect(members(world, CONFIG_MAP)).toMatchObject({ data: { password: 'old' } });
    expect(world.ready()).toBe('False ResourceSyncedError: target is owned by another ExternalSecret');
  });

  test('is not deleted when the provider has nothing any more, unless it is ours', async () => {
    const world = await existing();
    world.secrets.manager.delete('prod/db');

    await applied(world, into(CONFIG_MAP, { deletionPolicy: 'Delete' }));

    expect(found(world, CONFIG_MAP)).toBeDefined();
    expect(world.ready()).toBe('False ResourceSyncedError: could not delete resource');
  });

  test('is missing for Merge until somebody makes it', async () => {
    const world = await applied(await emptyWorld(), into(CONFIG_MAP, { creationPolicy: 'Merge' }));

    expect(world.ready()).toBe('True ResourceMissing: resource will not be created due to CreationPolicy=Merge');
  });

  test('goes with its secret under Delete, and stays under Retain', async () => {
    const world = await applied(await emptyWorld(), into(CONFIG_MAP, { deletionPolicy: 'Delete' }));
    world.secrets.manager.delete('prod/db');

    await world.announce('prod/db');
    await world.settle();

    expect(found(world, CONFIG_MAP)).toBeUndefined();
    expect(world.ready()).toBe('True ResourceDeleted: secret deleted due to DeletionPolicy=Delete');
    expect(world.events().at(-1)).toBe('Normal Deleted: Deleted ConfigMap db');
  });
});

describe('templates of a target of another kind', () => {
  const rendered = async (ref: ManifestRef, template: Spec, before?: Spec) => {
    const world = await emptyWorld();
    world.secrets.manager.put('prod/db', { text: 's3cret' });
    if (before !== undefined)
      world.cluster().manifests.put(ref, { content: toContent(JSON.parse(JSON.stringify(before))) });
    return applied(world, into(ref, { template, ...(before && { creationPolicy: 'Merge' }) }));
  };

  test('go into data as plain texts', async () => {
    const world = await rendered(CONFIG_MAP, { data: { url: 'https://u:{{ .password }}@db' } });

    expect(members(world, CONFIG_MAP)).toEqual({ data: { url: 'https://u:s3cret@db' } });
  });

  test.each<[string, Spec, Spec, Spec]>([
    [
      'a literal at spec replaces it [ES116]',
      { target: 'spec', literal: 'token: {{ .password }}' },
      { spec: { old: 1 } },
      { spec: { token: 's3cret' } },
    ],
    [
      'a literal at spec.slack keeps what is beside it [ES116]',
      { target: 'spec.slack', literal: 'token: {{ .password }}' },
      { spec: { slack: { room: 'x' }, other: 1 } },
      { spec: { slack: { room: 'x', token: 's3cret' }, other: 1 } },
    ],
    [
      'a literal at a place that is not there makes it [ES116]',
      { target: 'spec.rules[0].from[0]', literal: 'x: {{ .password }}\nport: 5432' },
      { spec: {} },
      { spec: { rules: [{ from: [{ x: 's3cret', port: 5432 }] }] } },
    ],
    [
      'a value at a path is what YAML makes of it',
      { target: 'spec.port', configMap: { name: 'templates', items: [{ key: 'port' }] } },
      { spec: { port: 1 } },
      { spec: { port: 5432 } },
    ],
    [
      'a value that is no YAML is a text',
      { target: 'spec.text', configMap: { name: 'templates', items: [{ key: 'broken' }] } },
      { spec: {} },
      { spec: { text: 'a: b: c' } },
    ],
    [
      'a value at spec is a text under its own key',
      { target: 'Spec', configMap: { name: 'templates', items: [{ key: 'port' }] } },
      { spec: { a: 1 } },
      { spec: { a: 1, port: '5432' } },
    ],
    [
      'keys and values go into data',
      { target: 'data', literal: 'a: {{ .password }}' },
      { data: { b: '1' }, spec: {} },
      { data: { a: 's3cret', b: '1' }, spec: {} },
    ],
  ])('%s', async (_, ...[entry, before, expected]) => {
    const world = await emptyWorld();
    world.secrets.manager.put('prod/db', { text: 's3cret' });
    world.cluster().putConfigMap(NAMESPACE, 'templates', { port: '5432', broken: 'a: b: c' });
    world.cluster().manifests.put(WIDGET, { content: toContent(JSON.parse(JSON.stringify(before))) });

    await applied(world, into(WIDGET, { creationPolicy: 'Merge', template: { templateFrom: [entry] } }));

    expect(members(world, WIDGET)).toEqual(expected);
    expect(world.ready()).toBe('True ResourceSynced: secret synced');
  });

  test('that begin with an index are refused [ES116]', async () => {
    const world = await rendered(WIDGET, { templateFrom: [{ target: '[0].x', literal: 'a: b' }] });

    expect(world.ready()).toBe('False SecretSyncedError: invalid path "[0].x": path must start with a key');
  });

  test('that meet a value in the way name its type and no more', async () => {
    const world = await rendered(
      WIDGET,
      { templateFrom: [{ target: 'spec.a.b', literal: 'x: y' }] },
      { spec: { a: 'hidden' } },
    );

    expect(world.ready()).toBe('False ResourceSyncedError: could not apply template to manifest');
    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: unable to mutate Widget db: could not apply template: failed to set path spec.a.b: expected map at key "b" but found string',
    );
  });

  test('replace the object’s labels by their own, taken as they are [ES117]', async () => {
    const world = await emptyWorld();
    const template = { metadata: { labels: { team: '{{ .x }}' }, annotations: { note: 'n' } }, data: { a: 'b' } };
    const manifest = { ...into(CONFIG_MAP, { template }), labels: { from: 'object' } };

    await applied(world, manifest);

    expect(found(world, CONFIG_MAP)?.labels).toEqual({
      team: '{{ .x }}',
      [MANAGED]: 'true',
      'reconcile.external-secrets.io/created-by': expect.any(String),
    });
    expect(found(world, CONFIG_MAP)?.annotations).toMatchObject({ note: 'n' });
  });

  test('render labels that templateFrom gives', async () => {
    const world = await rendered(CONFIG_MAP, {
      templateFrom: [{ target: 'Labels', literal: 'a: b' }],
      data: { k: 'v' },
    });

    expect(found(world, CONFIG_MAP)?.labels).toHaveProperty('a', 'b');
  });
});

test('what is observed only is not written', async () => {
  const world = await createWorld({ mode: 'observe' }, true);
  world.secrets.manager.put('prod/db', { text: 'one' });

  await applied(world, into(CONFIG_MAP));

  expect(found(world, CONFIG_MAP)).toBeUndefined();
  expect(world.log.lines.map(({ message }) => message)).toContain('would create object');
});
