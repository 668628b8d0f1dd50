import { describe, expect, test } from '@jest/globals';
import { createReconcile } from '../../../src/app/reconcile.ts';
import { unreachable } from '../../../src/app/unreachable-client.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import {
  ClusterForbiddenError,
  ClusterUnreachableError,
  StoreAccessDeniedError,
  StoreUnavailableError,
  TableUnavailableError,
} from '../../../src/domain/sync-error.ts';
import { data, externalSecret, secretStore } from '../../support/builders.ts';
import { createSyncedWorld, createWorld, DB, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const FAILED = 'False SecretSyncedError: could not get secret data from provider';
const SYNCED = 'True SecretSynced: secret synced';
const denied = () => new StoreAccessDeniedError('AccessDeniedException: not authorized');

/** Applied to a world where `prod/db` holds `one`. */
const applied = async (spec: Spec, text = 'one'): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text });
  await world.apply(secretStore(), externalSecret({ spec }));
  await world.settle();
  return world;
};

describe('one key that cannot be read', () => {
  test('fails the whole sync, and the target keeps its content', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/a', { text: '1' });
    world.secrets.manager.put('prod/b', { text: '2' });
    const entries = [data('a', { key: 'prod/a' }), data('b', { key: 'prod/b' })];
    await world.apply(secretStore(), externalSecret({ spec: { data: entries } }));
    await world.settle();
    world.secrets.fail({ operation: 'read', key: 'prod/b' }, denied);

    await world.rotate('prod/a', 'new');
    await world.settle();

    expect(world.target()).toEqual({ a: '1', b: '2' });
    expect(world.ready()).toBe(FAILED);
  });

  test('is named first in the spec’s order, whichever failed first in time', async () => {
    const world = await createWorld();
    const entries = [data('a', { key: 'prod/a' }), data('b', { key: 'prod/b' })];
    world.secrets.before({ operation: 'read', key: 'prod/a' }, () => new Promise(setImmediate));
    await world.apply(secretStore(), externalSecret({ spec: { data: entries } }));

    await world.settle();

    expect(world.events().at(-1)).toBe(
      'Warning UpdateFailed: error processing spec.data[0] (key: prod/a), err: Secret does not exist',
    );
  });
});

describe('a provider that fails', () => {
  test.each([
    ['denied', denied, 'AccessDeniedException: not authorized'],
    [
      'throttled',
      () => new StoreUnavailableError('ThrottlingException: Rate exceeded'),
      'ThrottlingException: Rate exceeded',
    ],
  ])('%s leaves the content, says so and recovers [ES88]', async (_, error, cause) => {
    const world = await createSyncedWorld();
    const before = parseStatus(world.object());
    world.secrets.fail({ operation: 'read' }, error);

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBe(FAILED);
    expect(world.events().at(-1)).toBe(
      `Warning UpdateFailed: error processing spec.data[0] (key: prod/db), err: ${cause}`,
    );
    const { refreshTime, syncedResourceVersion } = before;
    expect(parseStatus(world.object())).toMatchObject({ refreshTime, syncedResourceVersion });

    world.secrets.heal();
    await world.elapse(2_000);
    expect(world.target()).toEqual({ password: 'two' });
    expect(world.ready()).toBe(SYNCED);
  });

  test('is asked with growing intervals up to seven minutes, and the cluster is told once', async () => {
    const world = await createSyncedWorld();
    world.secrets.fail({ operation: 'read' }, denied);

    await world.sync();
    await world.elapse(1_800_000);

    const state = await world.state();
    const now = world.clock.now();
    expect(state?.failures).toBeGreaterThan(10);
    expect(state?.dueAt).toBeGreaterThan(now);
    expect((state?.dueAt ?? 0) - now).toBeLessThanOrEqual(420_000);
    expect(world.cluster().requests.count({ resource: 'externalsecrets/status' })).toBe(1);
    expect(world.events().filter((event) => event.startsWith('Warning'))).toHaveLength(1);
  });

  test('is told of again when it fails for another reason, and for the same after half an hour', async () => {
    const world = await createSyncedWorld();
    world.secrets.fail({ operation: 'read' }, () => new StoreUnavailableError('RequestID: 1, throttled'), 1);
    world.secrets.fail({ operation: 'read' }, () => new StoreUnavailableError('RequestID: 2, throttled'), 1);
    world.secrets.fail({ operation: 'read' }, denied);

    await world.sync();
    await world.sync();
    await world.sync();
    expect(world.events().filter((event) => event.startsWith('Warning'))).toHaveLength(2);
    await world.elapse(45 * 60_000);

    expect(world.events().filter((event) => event.startsWith('Warning'))).toHaveLength(3);
  });

  test('spreads its objects by chance', async () => {
    const world = await createSyncedWorld();
    world.random = 0.5;
    world.secrets.fail({ operation: 'read' }, denied);

    await world.sync();

    expect((await world.state())?.dueAt).toBe(world.clock.now() + 900);
  });
});

describe('a store reference that leads nowhere', () => {
  test('is told in the reference’s words [ES88]', async () => {
    const world = await createWorld();
    await world.apply(externalSecret());

    await world.settle();

    expect(world.ready()).toBe(FAILED);
    expect(world.events()).toEqual([
      'Warning UpdateFailed: error processing spec.data[0] (key: prod/db), err: could not get SecretStore "aws", SecretStore.external-secrets.io "aws" not found',
    ]);
  });

  test('is followed as soon as the store is made', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    await world.apply(externalSecret());
    await world.settle();

    await world.apply(secretStore());
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
  });
});

describe('a spec that cannot be followed', () => {
  test.each<[string, Spec, string]>([
    [
      'a template that is not allowed',
      { target: { template: { engineVersion: 'v1' } } },
      'unsupported template engine version: v1',
    ],
    [
      'a generator of a kind that is not served',
      { data: undefined, dataFrom: [{ sourceRef: { generatorRef: { kind: 'UUID', name: 'x' } } }] },
      'spec.dataFrom[0].sourceRef.generatorRef of kind UUID is not supported yet',
    ],
    [
      'a generic target [ES113]',
      { target: { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } } },
      'invalid generic target',
    ],
    [
      'extract beside find',
      { dataFrom: [{ extract: { key: 'a' }, find: { name: { regexp: '.' } } }] },
      'extract, find, or generatorRef cannot be set at the same time',
    ],
    ['nothing to read', { data: [] }, 'either data or dataFrom should be specified'],
    ['a policy nobody knows', { refreshPolicy: 'x' }, 'refreshPolicy must be one of CreatedOnce, Periodic, OnChange'],
  ])('%s is said in the condition, and nothing is written', async (_, spec, message) => {
    const world = await applied(spec, '{"a":"b"}');

    expect(world.ready()).toBe(`False SecretSyncedError: ${message}`);
    expect(world.target()).toBeUndefined();
    expect((await world.state())?.failures).toBe(1);
    expect((await world.state())?.dueAt).toBe(world.clock.now() + 3_600_000);
  });

  test.each<[string, Spec, string]>([
    [
      'an expression',
      { regexp: { source: '(', target: '' } },
      'regexp failed with failed to compile: error parsing regexp: missing closing )',
    ],
    ['a template of keys', { transform: { template: '{{' } }, 'transform failed with failed to parse template'],
    ['a merge', { merge: { strategy: 'JSON' } }, "merge failed with missing 'into' field"],
  ])('because of %s is said in the event, and looked at by its interval', async (_, operation, message) => {
    const dataFrom = [{ extract: { key: 'prod/db' }, rewrite: [operation] }];
    const world = await applied({ refreshInterval: '2h', data: undefined, dataFrom }, '{}');

    expect(world.ready()).toBe(FAILED);
    expect(world.events().at(-1)).toContain(
      `error processing spec.dataFrom[0].extract, err: error applying rewrite to keys: failed rewrite operation[0]: ${message}`,
    );
    expect((await world.state())?.dueAt).toBe(world.clock.now() + 7_200_000);
  });

  test('because its store asks for what is not done says that the store is not ready, and the store says why', async () => {
    const world = await createWorld();

    await world.apply(secretStore({ spec: { provider: { vault: {} } } }), externalSecret());
    await world.settle();

    expect(world.ready()).toBe('False SecretSyncedError: could not get secret data from provider');
    expect(world.events().at(-1)).toMatch('SecretStore "aws" is not ready');
    expect(world.ready(secretStore().ref)).toBe(
      'False InvalidProviderConfig: provider vault of store aws is not supported yet',
    );
  });

  test('because a store that nobody validated yet asks for what is not done is said in the condition', async () => {
    const world = await createWorld();
    await world.apply(secretStore({ spec: { provider: { vault: {} } } }), externalSecret());

    await world.sync();

    expect(world.ready()).toBe('False SecretSyncedError: provider vault of store aws is not supported yet');
  });

  test('that is mended under CreatedOnce is Ready again', async () => {
    const manifest = externalSecret({ spec: { refreshPolicy: 'CreatedOnce' } });
    const world = await createSyncedWorld(manifest);
    await world.apply(externalSecret({ spec: { refreshPolicy: 'CreatedOnce', data: [] } }));
    await world.settle();
    expect(world.ready()).toMatch('False');

    await world.apply(manifest);
    await world.settle();

    expect(world.ready()).toBe(SYNCED);
  });
});

describe('a value that cannot be used', () => {
  test.each([
    ['is no JSON [ES12]', 'plain', { data: undefined, dataFrom: [{ extract: { key: 'prod/db' } }] }],
    ['is not Base64', '?', { data: [data('a', { decodingStrategy: 'Base64' })] }],
    ['holds a zero byte [ES43]', 'a\0', { data: [data('a', { nullBytePolicy: 'Fail' })] }],
  ])('%s: no Secret is made', async (_, text, spec) => {
    const world = await applied(spec, text);

    expect(world.target()).toBeUndefined();
    expect(world.ready()).toBe(FAILED);
  });
});

describe('a status that cannot be written', () => {
  test('is written later, and is not taken for written until then', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: 'one' });
    await world.apply(secretStore());
    await world.settle();
    world.cluster().forbid('update', 'externalsecrets/status');
    await world.apply(externalSecret());
    await world.settle();
    expect(world.target()).toEqual({ password: 'one' });
    expect(world.ready()).toBeUndefined();
    expect((await world.state())?.failures).toBe(1);

    world.cluster().heal();
    await world.elapse(2_000);

    expect(world.ready()).toBe(SYNCED);
    expect((await world.state())?.failures).toBe(0);
  });

  test('is tried with growing intervals', async () => {
    const world = await createSyncedWorld();
    world.cluster().forbid('update', 'externalsecrets/status');
    world.secrets.forgetCalls();

    await world.rotate('prod/db', 'two');
    await world.elapse(3_600_000);

    expect(world.secrets.calls({ operation: 'read' }).length).toBeLessThan(25);
  });

  test('because somebody edited the object is written on the edited one', async () => {
    const world = await createSyncedWorld();
    world.cluster().put(DB, { labels: { edited: 'yes' } });
    world.secrets.fail({ operation: 'read' }, denied);

    await world.sync();

    expect(world.ready()).toBe(FAILED);
    expect(world.object().labels).toEqual({ edited: 'yes' });
  });

  test('because the object is edited all the time is written later', async () => {
    const world = await createSyncedWorld();
    let edits = 0;
    world.cluster().before(
      'replaceStatus',
      () => {
        edits += 1;
        world.cluster().put(DB, { labels: { edit: String(edits) } });
      },
      3,
    );
    world.secrets.fail({ operation: 'read' }, denied, 1);

    await world.sync();
    expect(world.ready()).toBe(SYNCED);
    expect((await world.state())?.failures).toBe(1);
  });

  test('because the object is gone is nobody’s loss', async () => {
    const world = await createSyncedWorld();
    world.secrets.fail({ operation: 'read' }, denied);
    world.cluster().before('replaceStatus', () => world.cluster().delete(DB));

    await world.sync();

    expect(world.log.lines.filter(({ message }) => message === 'status not written')).toEqual([]);
  });
});

describe('an event of the cluster that cannot be recorded', () => {
  test('is lost and nothing more', async () => {
    const world = await createSyncedWorld();
    world.cluster().fail('recordEvent', new ClusterForbiddenError('create events is forbidden'));

    await world.rotate('prod/db', 'two');
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
    expect(world.ready()).toBe(SYNCED);
    expect(world.log.lines).toContainEqual(expect.objectContaining({ message: 'event not recorded' }));
  });

  test('for a reason that is a bug brings the message back', async () => {
    const world = await createSyncedWorld();
    world.cluster().fail('recordEvent', new RangeError('bug'));
    await world.rotate('prod/db', 'two');

    await expect(world.settle()).rejects.toThrow(RangeError);
  });
});

describe('a cluster that gives no answer', () => {
  test('ends by its deadline, and others are none the worse', async () => {
    const world = await createSyncedWorld();
    await world.register({ name: 'two' });
    for (const manifest of [secretStore(), externalSecret()]) {
      world.cluster('two').put(manifest.ref, { spec: manifest.spec });
      await world.seen(manifest.ref, 'two');
    }
    world.cluster().hang(undefined, Number.POSITIVE_INFINITY);

    const dead = world.reconcile(world.request([DB], { type: 'event', eventId: 'e' }));
    await world.reconcile(world.request([DB], { type: 'event', eventId: 'e' }, 'two'));
    expect(world.target('db', 'two')).toEqual({ password: 'one' });
    await dead;

    expect(await world.state()).toMatchObject({ failures: 1, dueAt: world.clock.now() + 1_000 });
  });

  test('fails object by object when it cannot even be dialled', async () => {
    const world = await createSyncedWorld();
    const reconcile = createReconcile({
      ...world.deps,
      clients: () => Promise.reject(new ClusterUnreachableError('no route')),
    });

    await reconcile(world.request([DB]));

    expect(await world.state()).toMatchObject({ failures: 1, dueAt: world.clock.now() + 1_000 });
    expect(world.log.lines).toContainEqual(
      expect.objectContaining({
        message: 'sync failed',
        keys: expect.objectContaining({ reason: 'ClusterUnreachable' }),
      }),
    );
  });

  test('is not watched either', async () => {
    const { watchObjects } = unreachable(new ClusterUnreachableError('no route'));
    const watch = watchObjects('Secret', { resourceVersion: '1' }, new AbortController().signal);

    await expect(watch[Symbol.asyncIterator]().next()).rejects.toThrow('no route');
  });

  test('for a reason that is a bug brings the message back', async () => {
    const world = await createSyncedWorld();
    const reconcile = createReconcile({ ...world.deps, clients: () => Promise.reject(new RangeError('bug')) });

    await expect(reconcile(world.request([DB]))).rejects.toThrow(RangeError);
  });
});

describe('a bug', () => {
  test.each(['readSecret', 'replaceSecret', 'replaceStatus'] as const)(
    'in %s brings the message back',
    async (method) => {
      const world = await createSyncedWorld();
      world.secrets.manager.put('prod/db', { text: 'two' });
      world.cluster().fail(method, new RangeError('bug'));

      await expect(world.sync()).rejects.toThrow(RangeError);
    },
  );

  test.each(['open', 'read'] as const)('in the provider’s %s brings the message back', async (operation) => {
    const world = await createSyncedWorld();
    world.secrets.fail({ operation }, () => new RangeError('bug'));

    await expect(world.sync()).rejects.toThrow(RangeError);
    await world.clock.advance(3_600_000);
    const { dueAt = 0 } = (await world.state()) ?? {};
    await expect(world.reconcile(world.request([{ ...DB, dueAt }], { type: 'due' }))).rejects.toThrow(RangeError);
  });
});

describe('a table that is away', () => {
  test('brings the message back, and the next delivery finishes', async () => {
    const world = await createSyncedWorld();
    await world.rotate('prod/db', 'two');
    world.before = (call) => {
      if (call === 'states.put') throw new TableUnavailableError('throttled');
    };
    await expect(world.settle()).rejects.toThrow(TableUnavailableError);

    world.before = () => undefined;
    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
    expect((await world.state())?.failures).toBe(0);
  });

  test.each(['users.add', 'dependants.add', 'dependants.announcements', 'states.get', 'mirror.get'])(
    'at %s brings the message back as well',
    async (away) => {
      const world = await createWorld();
      world.secrets.manager.put('prod/db', { text: 'one' });
      await world.apply(secretStore(), externalSecret());
      world.before = (call) => {
        if (call === away) throw new TableUnavailableError('throttled');
      };

      await expect(world.settle()).rejects.toThrow(TableUnavailableError);

      world.before = () => undefined;
      await world.settle();
      expect(world.target()).toEqual({ password: 'one' });
    },
  );
});
