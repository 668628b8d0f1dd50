import { describe, expect, test } from '@jest/globals';
import type { RemoteSecret, SecretReaders } from '../../../src/app/ports/secret-reader.ts';
import { createReconcile } from '../../../src/app/reconcile.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import { StoreAccessDeniedError } from '../../../src/domain/sync-error.ts';
import { data, externalSecret, NAMESPACE, secretStore } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB } from '../../support/world.ts';

const HOUR = 3_600_000;

describe('a first sync', () => {
  test('writes the target and says so', async () => {
    const world = await createSyncedWorld();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe('True SecretSynced: secret synced');
    expect(world.events()).toEqual(['Normal Valid: store validated', 'Normal Created: secret created']);
    expect(parseStatus(world.object())).toMatchObject({
      refreshTime: '2026-01-01T00:00:00Z',
      syncedResourceVersion: expect.stringMatching(/^1-[0-9a-f]{56}$/),
      binding: { name: 'db' },
    });
  });

  test('is due again after the interval', async () => {
    const world = await createSyncedWorld();

    expect((await world.state())?.dueAt).toBe(Date.UTC(2026, 0, 1, 1));
  });

  test('asks the cluster three things: write, status, event; what is to be made is not looked for', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    await world.apply(externalSecret());
    world.cluster().put(secretStore().ref, { spec: secretStore().spec });
    await world.seen(secretStore().ref);

    await world.settle();

    expect(world.cluster().requests.all()).toEqual({
      'get namespaces': 1, // who it is, once in five minutes however many objects are written
      'create secrets': 1,
      'update externalsecrets/status': 1,
      'create events': 1,
    });
  });

  test('of data and dataFrom lets data win [ES22]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('all', { text: '{"user":"app","password":"from all"}' });
    world.secrets.manager.put('prod/db', { text: 'from data' });
    const spec = { dataFrom: [{ extract: { key: 'all' } }] };

    await world.apply(secretStore(), externalSecret({ spec }));
    await world.settle();

    expect(world.target()).toEqual({ user: 'app', password: 'from data' });
  });

  test('reads entries through the stores that they name [ES17 AWS31]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    world.secrets.parameters.put('/prod/url', 'https://db');
    const parameters = secretStore({
      name: 'parameters',
      spec: { provider: { aws: { service: 'ParameterStore', region: 'eu-central-1' } } },
    });
    const entry = data('url', { key: '/prod/url' }, { sourceRef: { storeRef: { name: 'parameters' } } });

    await world.apply(secretStore(), parameters, externalSecret({ spec: { data: [data('password'), entry] } }));
    await world.settle();

    expect(world.target()).toEqual({ password: 'one', url: 'https://db' });
  });

  test('merges entries of dataFrom that come from different stores [ES16 AWS31]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('a', { text: '{"x":"1","y":"1"}' });
    world.secrets.parameters.put('b', '{"y":"2","z":"2"}');
    const parameters = secretStore({
      name: 'parameters',
      spec: { provider: { aws: { service: 'ParameterStore', region: 'eu-central-1' } } },
    });
    const dataFrom = [
      { extract: { key: 'a' } },
      { extract: { key: 'b' }, sourceRef: { storeRef: { name: 'parameters' } } },
    ];

    await world.apply(secretStore(), parameters, externalSecret({ spec: { data: undefined, dataFrom } }));
    await world.settle();

    expect(world.target()).toEqual({ x: '1', y: '2', z: '2' });
  });

  test('puts the store’s prefix before each key [AWS22]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('team-a/prod/db', { text: 'prefixed' });
    const store = secretStore({
      spec: { provider: { aws: { service: 'SecretsManager', region: 'eu-central-1', prefix: 'team-a/' } } },
    });
    await world.apply(store, externalSecret());
    await world.settle();

    await world.rotate('team-a/prod/db', 'rotated');
    await world.settle();

    expect(world.target()).toEqual({ password: 'rotated' });
  });

  test('reads tags where metadata is asked for, and reads them again at each interval [AWS28]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    world.secrets.manager.tag('prod/db', { owner: 'a' });
    const entry = data('owner', { metadataPolicy: 'Fetch', property: 'owner' });
    await world.apply(secretStore(), externalSecret({ spec: { data: [entry] } }));
    await world.settle();

    world.secrets.manager.tag('prod/db', { owner: 'b' });
    await world.elapse(1.03 * HOUR);

    expect(world.target()).toEqual({ owner: 'b' });
    expect((await world.state())?.versions).toEqual([]);
  });

  test('of an empty object under Retain makes nothing, and that is success', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: '{}' });
    const spec = { data: undefined, dataFrom: [{ extract: { key: 'prod/db' } }] };

    await world.apply(secretStore(), externalSecret({ spec }));
    await world.settle();

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toBe('True SecretSynced: secret retained due to DeletionPolicy=Retain');
  });

  test('from a provider that tells no times remembers none', async () => {
    const world = await createWorld();
    const version = world.secrets.manager.put('prod/db', { text: 'one' });
    const readers: SecretReaders = {
      open: async (...args) => {
        const reader = await world.secrets.open(...args);
        const withoutTime = ({ createdAt: _, ...secret }: RemoteSecret) => secret;
        return { ...reader, read: async (...read) => withoutTime(await reader.read(...read)) };
      },
    };
    await world.apply(secretStore(), externalSecret());

    await createReconcile({ ...world.deps, readers })(world.request([DB]));

    expect((await world.state())?.versions).toEqual([{ id: expect.any(String), version }]);
  });

  test('reads an object that is too large for the mirror from the cluster', async () => {
    const world = await createSyncedWorld();
    const { spec: _, ...large } = { ...world.object(), resourceVersion: '999999' };
    await world.tables.mirror.put('one', large);

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('drops an object that is too large for the mirror and is gone', async () => {
    const world = await createSyncedWorld();
    const { spec: _, ...large } = { ...world.object(), resourceVersion: '999999' };
    await world.tables.mirror.put('one', large);
    world.cluster().delete(DB);
    const before = await world.state();

    await world.sync();

    expect(await world.state()).toEqual(before);
  });
});

describe('a rotation', () => {
  test('reaches the target by its event', async () => {
    const world = await createSyncedWorld();

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
    expect(world.events().at(-1)).toBe('Normal Updated: secret updated');
    expect(parseStatus(world.object()).refreshTime).toBe('2026-01-01T00:00:20Z');
  });

  test('remembers which version was written', async () => {
    const world = await createSyncedWorld();

    const version = await world.rotate('prod/db', 'two');
    await world.settle();

    expect((await world.state())?.versions).toEqual([
      { id: '111122223333#eu-central-1#secretsmanager#prod/db#', version, createdAt: Date.UTC(2026, 0, 1, 0, 0, 20) },
    ]);
  });

  test('of a key that is no longer read wakes nobody', async () => {
    const world = await createSyncedWorld();
    world.secrets.manager.put('prod/other', { text: 'other' });
    await world.apply(externalSecret({ spec: { data: [data('password', { key: 'prod/other' })] } }));
    await world.settle();

    await world.rotate('prod/db', 'two');

    expect(world.waiting()).toEqual([]);
    expect((await world.state())?.dependsOn).toEqual(['111122223333#eu-central-1#secretsmanager#prod/other']);
  });

  test('is read once for all targets of a message [AWS30]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    const names = ['a', 'b', 'c'];
    await world.apply(secretStore(), ...names.map((name) => externalSecret({ name })));
    await world.settle();
    world.secrets.forgetCalls();

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(names.map((name) => world.target(name))).toEqual(names.map(() => ({ password: 'two' })));
    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(1);
  });

  test('to a value of another key’s removes what the key no longer holds [ES21]', async () => {
    const world = await createWorld();
    world.secrets.manager.put('all', { text: '{"a":"1","b":"2"}' });
    await world.apply(
      secretStore(),
      externalSecret({ spec: { data: undefined, dataFrom: [{ extract: { key: 'all' } }] } }),
    );
    await world.settle();

    await world.rotate('all', '{"a":"1"}');
    await world.settle();

    expect(world.target()).toEqual({ a: '1' });
  });
});

describe('when nothing changed', () => {
  test('a person’s sync reads the target and writes nothing [ES47]', async () => {
    const world = await createSyncedWorld();
    const before = world.object();

    await world.sync();

    expect(world.cluster().requests.all()).toEqual({ 'get secrets': 1 });
    expect(world.object()).toEqual(before);
  });

  test('a wake by the feed asks the provider nothing', async () => {
    const world = await createSyncedWorld();

    await world.sync(DB, { type: 'feed' });

    expect(world.secrets.calls()).toEqual([]);
    expect(world.cluster().requests.all()).toEqual({ 'get secrets': 1 });
  });

  test('the echo of our own write asks nobody anything', async () => {
    const world = await createSyncedWorld();
    const targetResourceVersion = world.cluster().secret(NAMESPACE, 'db')?.resourceVersion ?? '';
    const before = world.log.lines.length;

    await world.reconcile(world.request([{ ...DB, targetResourceVersion }], { type: 'feed' }));

    expect(world.cluster().requests.count()).toBe(0);
    expect(world.log.lines).toHaveLength(before);
  });

  test('a day of intervals writes the refresh time once and nothing else [ES47]', async () => {
    const world = await createSyncedWorld();

    await world.elapse(24 * HOUR);

    expect(world.cluster().requests.all()).toEqual({ 'update externalsecrets/status': 1, 'get namespaces': 1 });
  });
});

describe('the target', () => {
  test('is made again when it was deleted [ES62]', async () => {
    const world = await createSyncedWorld();
    const before = world.cluster().secret(NAMESPACE, 'db')?.uid;
    world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name: 'db' });

    await world.sync(DB, { type: 'feed' });

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.cluster().secret(NAMESPACE, 'db')?.uid).not.toBe(before);
  });

  test.each([
    ['its data', { data: new Map() }],
    ['its hash', { annotations: {} }],
    ['its label', { labels: {} }],
  ])('is repaired before the interval when somebody edited %s [ES61]', async (_, edit) => {
    const world = await createSyncedWorld();
    const before = world.cluster().secret(NAMESPACE, 'db');
    const { resourceVersion } = world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, edit);

    await world.reconcile(world.request([{ ...DB, targetResourceVersion: resourceVersion }], { type: 'feed' }));

    const { data: content, labels, annotations } = world.cluster().secret(NAMESPACE, 'db') ?? {};
    expect({ content, labels, annotations }).toEqual({
      content: before?.data,
      labels: before?.labels,
      annotations: before?.annotations,
    });
  });

  test.each([
    ['stays deleted under CreatedOnce', { refreshPolicy: 'CreatedOnce' }, undefined],
    ['is made again at the interval', {}, { password: 'one' }],
  ])('of an Orphan %s [ES63]', async (_, spec, expected) => {
    const world = await createSyncedWorld(externalSecret({ spec: { target: { creationPolicy: 'Orphan' }, ...spec } }));
    world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name: 'db' });

    await world.sync(DB, { type: 'feed' });

    expect(world.target()).toBeUndefined();
    await world.rotate('prod/db', 'one');
    await world.elapse(HOUR);
    expect(world.target()).toEqual(expected);
  });
});

describe('refresh policies', () => {
  test.each([
    ['an interval of 0', { refreshInterval: '0' }],
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce' }],
    ['OnChange', { refreshPolicy: 'OnChange' }],
  ])('%s keeps the old value after an event [ES50 ES54 ES56]', async (_, spec) => {
    const world = await createSyncedWorld(externalSecret({ spec }));

    await world.rotate('prod/db', 'two');
    await world.elapse(2 * HOUR);

    expect(world.target()).toEqual({ password: 'one' });
    expect((await world.state())?.dueAt).toBeGreaterThan(world.clock.now());
  });

  test('OnChange follows an annotation [ES56]', async () => {
    const manifest = externalSecret({ spec: { refreshPolicy: 'OnChange' } });
    const world = await createSyncedWorld(manifest);
    world.secrets.manager.put('prod/db', { text: 'two' });

    await world.apply({ ...manifest, annotations: { 'force-sync': '1' } });
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('an Orphan recreated under CreatedOnce is overwritten [ES54]', async () => {
    const manifest = externalSecret({ spec: { refreshPolicy: 'CreatedOnce', target: { creationPolicy: 'Orphan' } } });
    const world = await createSyncedWorld(manifest);
    await world.tables.mirror.remove('one', DB, world.object().uid);
    world.cluster().delete(DB);
    world.secrets.manager.put('prod/db', { text: 'two' });

    await world.apply(manifest);
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
  });

  test('a failure stays told while a closed window holds its retry back', async () => {
    const windows = [{ schedule: '0 0 * * *', duration: '30m' }];
    const spec = { refreshInterval: '48h', syncWindows: { kind: 'allow', windows } };
    const world = await createSyncedWorld(externalSecret({ spec }));
    world.secrets.fail({ operation: 'read' }, () => new StoreAccessDeniedError('denied'));
    await world.rotate('prod/db', 'two');
    await world.elapse(2 * HOUR);
    expect(world.ready()).toMatch('False');

    world.secrets.heal();
    await world.elapse(23 * HOUR);

    expect(world.target()).toEqual({ password: 'two' });
    expect(world.ready()).toMatch('True');
  });

  test('an event in a closed sync window is followed when it opens', async () => {
    const windows = [{ schedule: '0 1 * * *', duration: '30m' }];
    const spec = { refreshInterval: '48h', syncWindows: { kind: 'allow', windows } };
    const world = await createSyncedWorld(externalSecret({ spec }));

    await world.rotate('prod/db', 'two');
    await world.elapse(30 * 60_000);
    expect(world.target()).toEqual({ password: 'one' });
    await world.elapse(38 * 60_000);

    expect(world.target()).toEqual({ password: 'two' });
    expect((await world.state())?.failures).toBe(0);
  });

  test('an interval that ends in a closed window is looked at every seven minutes, without a request', async () => {
    const windows = [{ schedule: '0 3 * * *', duration: '1h' }];
    const world = await createSyncedWorld(externalSecret({ spec: { syncWindows: { kind: 'allow', windows } } }));
    world.secrets.manager.put('prod/db', { text: 'two' });

    await world.elapse(2 * HOUR);
    expect(world.cluster().requests.count({ resource: 'secrets' })).toBe(0);
    expect((await world.state())?.dueAt).toBeLessThanOrEqual(world.clock.now() + 7 * 60_000);
    await world.elapse(68 * 60_000);

    expect(world.target()).toEqual({ password: 'two' });
  });
});
