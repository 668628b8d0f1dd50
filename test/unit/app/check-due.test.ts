import { describe, expect, test } from '@jest/globals';
import { LISTING_LAG_MILLISECONDS } from '../../../src/domain/listing.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import { toTimestamp } from '../../../src/domain/status.ts';
import { StoreAccessDeniedError, StoreUnavailableError } from '../../../src/domain/sync-error.ts';
import {
  awsProvider,
  clusterSecretStore,
  data,
  externalSecret,
  type Manifest,
  NAMESPACE,
  secretStore,
} from '../../support/builders.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROLE = 'arn:aws:iam::111122223333:role/team';
const SHARED = { identity: { defaultRole: ROLE, allowRoles: [ROLE], sessionTags: true } };

const refOf = (name: string) => ({ ...DB, name });
const reading = (name: string, key = name, more: Readonly<Record<string, unknown>> = {}) =>
  externalSecret({ name, spec: { data: [data('password', { key, ...more })] } });

/** `count` ExternalSecrets `db-0` …, each synced from a secret of its own name; nothing is fresh any more. */
const fleet = async (count: number, ...more: readonly Manifest[]): Promise<World> => {
  const world = await createWorld();
  const names = Array.from({ length: count }, (_, index) => `db-${index}`);
  for (const name of names) world.secrets.manager.put(name, { text: 'one' });
  await world.apply(secretStore(), ...names.map((name) => reading(name)), ...more);
  return atRest(world);
};

const atRest = async (world: World): Promise<World> => {
  await world.settle();
  await world.clock.advance(20 * MINUTE);
  forget(world);
  return world;
};

const forget = (world: World): void => {
  for (const { requests } of world.clusters.values()) requests.reset();
  world.secrets.forgetCalls();
};

/** Its interval is over at once, although it was synced a moment ago. */
const seemDue = async (world: World, ref: typeof DB): Promise<void> => {
  const state = await world.state(ref);
  if (state === undefined) throw new Error('no state');
  const longAgo = world.clock.now() - HOUR;
  const status = { ...state.status, refreshTime: toTimestamp(longAgo) };
  const change = { ...state, status, verifiedAt: longAgo, dueAt: longAgo };
  await world.tables.states.put('one', ref, { expected: state.revision, state: change });
};

/** Lets the next interval end, whatever the schedule makes of it. */
const anHour = (world: World) => world.elapse(HOUR);

const lists = (world: World) => world.secrets.calls({ operation: 'listVersions' }).length;
const reads = (world: World) => world.secrets.calls({ operation: 'read' }).map(({ key }) => key);

describe('an interval that ends', () => {
  test('for 1,000 ExternalSecrets costs ten pages of a listing, no read and no request to the cluster', async () => {
    const world = await fleet(1_000);

    await world.elapse(50 * MINUTE);

    expect(lists(world)).toBe(10);
    expect(reads(world)).toEqual([]);
    expect(world.cluster().requests.count()).toBe(0);
    expect(world.metrics.total('VerifiedByListing')).toBe(1_000);
    const states = [...(await world.tables.states.list('one')).values()].filter(({ versions }) => versions.length > 0);
    expect(new Set(states.map(({ verifiedAt }) => verifiedAt)).size).toBe(1);
    expect(Math.min(...states.map(({ dueAt }) => dueAt))).toBeGreaterThan(world.clock.now());
  }, 30_000);

  test('is served by one listing for all clusters that read as the same role', async () => {
    const world = await createWorld(SHARED);
    await world.register({ name: 'two', ...SHARED });
    const store = secretStore({ spec: awsProvider({ role: ROLE }) });
    for (const name of ['a', 'b', 'c']) world.secrets.manager.put(name, { text: 'one' });
    await world.apply(store, reading('a'), reading('b'), reading('c'));
    for (const manifest of [store, reading('a'), reading('b')]) {
      world.cluster('two').put(manifest.ref, manifest);
      await world.seen(manifest.ref, 'two');
      world.enqueue(world.request([manifest.ref], { type: 'feed' }, 'two'));
    }
    await atRest(world);

    await anHour(world);

    expect(lists(world)).toBe(1);
    expect(reads(world)).toEqual([]);
  });

  test('says that an object was current when no listing can lag behind any more', async () => {
    const world = await fleet(3);
    const before = await world.state(refOf('db-0'));

    await world.elapse(50 * MINUTE);

    const after = await world.state(refOf('db-0'));
    expect(after?.verifiedAt).toBe(Date.UTC(2026, 0, 1) + 59 * MINUTE - LISTING_LAG_MILLISECONDS);
    expect(after?.revision).toBe(before?.revision);
  });

  test('tells the day’s refresh time by way of a read, once', async () => {
    const world = await fleet(3);

    await world.elapse(DAY);

    expect(parseStatus(world.object(refOf('db-1'))).refreshTime).toMatch(/^2026-01-0[12]T/);
    expect(world.cluster().requests.all()).toEqual({ 'get namespaces': 1, 'update externalsecrets/status': 3 }); // who it is, before the first write
    expect(reads(world).toSorted()).toEqual(['db-0', 'db-1', 'db-2']);
  });
});

describe('a version that moved without any event', () => {
  test('is read once and written to exactly the targets that read it', async () => {
    const world = await fleet(20, reading('other', 'db-7'));
    const moved = world.secrets.manager.put('db-7', { text: 'two' });

    await anHour(world);

    expect([world.target('db-7'), world.target('other'), world.target('db-8')]).toEqual([
      { password: 'two' },
      { password: 'two' },
      { password: 'one' },
    ]);
    expect(reads(world)).toEqual(['db-7']);
    expect(world.cluster().requests.count({ verb: 'update', resource: 'secrets' })).toBe(2);
    expect((await world.state(refOf('other')))?.versions).toMatchObject([{ version: moved }]);
  });

  test.each([
    ['AWSPREVIOUS, when a rotation moves it', 'AWSPREVIOUS'],
    ['a custom stage', 'blue'],
  ])('is found at the stage it is read by: %s', async (_, stage) => {
    const world = await createWorld();
    const { manager } = world.secrets;
    manager.put('a', { text: 'old' }, ['AWSCURRENT', 'blue']);
    const next = manager.put('a', { text: 'new' });
    manager.put('b', { text: 'b' });
    await world.apply(secretStore(), reading('staged', 'a', { version: stage }), reading('b'));
    await atRest(world);
    await anHour(world);
    expect([world.target('staged'), reads(world)]).toEqual([{ password: 'old' }, []]);

    manager.put('a', { text: 'newest' });
    manager.moveStage('a', 'blue', next);
    await anHour(world);

    expect(world.target('staged')).toEqual({ password: 'new' });
  });

  test('of another stage than the one that is read moves nothing', async () => {
    const world = await fleet(2);
    world.secrets.manager.put('db-0', { text: 'pending' }, ['AWSPENDING']);

    await anHour(world);

    expect(reads(world)).toEqual([]);
    expect(world.cluster().requests.count()).toBe(0);
  });

  test('leaves an object pinned to a version id alone', async () => {
    const world = await createWorld();
    const pinned = world.secrets.manager.put('a', { text: 'pinned' });
    world.secrets.manager.put('b', { text: 'b' });
    await world.apply(secretStore(), reading('pinned', 'a', { version: `uuid/${pinned}` }), reading('b'));
    await atRest(world);
    world.secrets.manager.put('a', { text: 'newer' });

    await anHour(world);

    expect(reads(world)).toEqual([]);
    expect(world.target('pinned')).toEqual({ password: 'pinned' });
  });

  test('is held back by sync windows, and follows when one opens', async () => {
    const world = await createWorld();
    for (const key of ['a', 'b']) world.secrets.manager.put(key, { text: 'one' });
    const syncWindows = { kind: 'allow', windows: [{ schedule: '0 3 * * *', duration: '1h' }] };
    const windowed = externalSecret({ name: 'a', spec: { data: [data('password', { key: 'a' })], syncWindows } });
    await world.apply(secretStore(), windowed, reading('b'));
    await atRest(world);
    world.secrets.manager.put('a', { text: 'two' });

    await world.elapse(2 * HOUR);
    expect(world.target('a')).toEqual({ password: 'one' });
    await world.elapse(HOUR);

    expect(world.target('a')).toEqual({ password: 'two' });
  });
});

describe('a listing that lags', () => {
  test('reports nothing stale: what was written later is read, and stays', async () => {
    const world = await fleet(3);
    await world.elapse(27 * MINUTE);
    world.secrets.manager.freezeListing();
    await world.rotate('db-1', 'two');
    await world.settle();
    const writes = world.watchWrites('db-1');
    const events = world.events().length;
    forget(world);
    await seemDue(world, refOf('db-1'));

    await world.findDue();
    await world.settle();

    expect(writes).toEqual([]);
    expect(world.target('db-1')).toEqual({ password: 'two' });
    expect(world.events()).toHaveLength(events);
    expect(world.ready(refOf('db-1'))).toBe('True SecretSynced: secret synced');
    expect(world.cluster().requests.count({ resource: 'secrets' })).toBe(0);
  });

  test('does not hide an event that tells of a later change', async () => {
    const world = await fleet(3);
    world.secrets.manager.freezeListing();
    await world.elapse(29 * MINUTE);
    const versionId = world.secrets.manager.put('db-1', { text: 'two' });
    const at = world.clock.now();
    await world.elapse(2 * MINUTE); // listed meanwhile, as it was before

    await world.announce('db-1', versionId, at);
    await world.settle();

    expect(world.target('db-1')).toEqual({ password: 'two' });
  });

  test('delays what no event told of by no more than the interval', async () => {
    const world = await fleet(3);
    await world.elapse(20 * MINUTE);
    world.secrets.manager.freezeListing();
    world.secrets.manager.put('db-1', { text: 'two' });
    await world.elapse(5 * MINUTE);
    world.secrets.manager.thawListing();

    await world.elapse(55 * MINUTE);

    expect(world.target('db-1')).toEqual({ password: 'two' });
  });

  test('of a secret deleted and not yet missing changes nothing, and the deletion is found', async () => {
    const world = await fleet(3);
    world.secrets.manager.freezeListing();
    world.secrets.manager.delete('db-1');
    await anHour(world);
    expect(world.target('db-1')).toEqual({ password: 'one' });
    world.secrets.manager.thawListing();

    await anHour(world);

    expect(world.ready(refOf('db-1'))).toBe('False SecretSyncedError: could not get secret data from provider');
    expect(world.target('db-1')).toEqual({ password: 'one' });
  });
});

describe('where nothing is listed, objects are read', () => {
  test('because the identity may not: nothing is unready for it, and it is not asked for a while', async () => {
    const world = await fleet(30);
    world.secrets.fail({ operation: 'listVersions' }, () => new StoreAccessDeniedError('denied'));
    world.secrets.manager.put('db-3', { text: 'two' });

    await anHour(world);

    expect(lists(world)).toBe(1);
    expect(new Set(reads(world)).size).toBe(30);
    expect(world.target('db-3')).toEqual({ password: 'two' });
    for (let index = 0; index < 30; index += 1)
      expect(world.ready(refOf(`db-${index}`))).toBe('True SecretSynced: secret synced');
    await world.elapse(3 * HOUR);
    expect(lists(world)).toBeLessThanOrEqual(4);
  });

  test('not all at once', async () => {
    const world = await fleet(100);
    world.secrets.fail({ operation: 'listVersions' }, () => new StoreAccessDeniedError('denied'));
    const begun: number[] = [];
    world.secrets.before({ operation: 'read' }, () => void begun.push(world.clock.now()));

    await anHour(world);

    expect(new Set(begun).size).toBeGreaterThan(5);
    expect(Math.max(...begun) - Math.min(...begun)).toBeLessThanOrEqual(10_000);
  });

  test('because it is out of reach for now, and it is asked again the next time', async () => {
    const world = await fleet(3);
    world.secrets.fail({ operation: 'listVersions' }, () => new StoreUnavailableError('throttled'), 1);

    await anHour(world);
    expect(reads(world)).toHaveLength(3);
    await anHour(world);

    expect(reads(world)).toHaveLength(3);
    expect(lists(world)).toBe(2);
  });

  test('because there is one only', async () => {
    const world = await fleet(1);

    await anHour(world);

    expect([lists(world), reads(world)]).toEqual([0, ['db-0']]);
  });

  test('because they are few among many: the listing is given up, and not begun again that day', async () => {
    const world = await fleet(3);
    for (let index = 0; index < 2_000; index += 1) world.secrets.manager.put(`a-${index}`, { text: 'x' });
    for (const name of ['db-0', 'db-1', 'db-2']) {
      world.secrets.manager.delete(name);
      world.secrets.manager.put(name, { text: 'one' }); // listed last now
    }

    await world.elapse(2 * HOUR);

    expect(lists(world)).toBe(3);
    expect(world.cluster().requests.count({ verb: 'update', resource: 'secrets' })).toBe(0);
  });

  test.each([
    ['a short interval', { refreshInterval: '14m' }],
    ['tags', { data: [data('a', { key: 'db-0', metadataPolicy: 'Fetch' })] }],
  ])('because a listing does not tell: %s', async (_, spec) => {
    const world = await createWorld();
    for (const name of ['db-0', 'db-1']) world.secrets.manager.put(name, { text: '{}' });
    const more = { data: [data('a', { key: 'db-0' })], ...spec };
    await world.apply(
      secretStore(),
      externalSecret({ name: 'a', spec: more }),
      externalSecret({ name: 'b', spec: more }),
    );
    await atRest(world);

    await world.elapse(1.1 * HOUR);

    expect(lists(world)).toBe(0);
    expect(world.secrets.calls().length).toBeGreaterThanOrEqual(2);
  });

  test('because the key is an ARN of another account', async () => {
    const world = await fleet(2);
    world.secrets.manager.put('far', { text: 'far' });
    await world.apply(reading('far', 'arn:aws:secretsmanager:eu-central-1:999988887777:secret:far-AbCdEf'));
    await atRest(world);

    await anHour(world);

    expect(reads(world)).toEqual(['arn:aws:secretsmanager:eu-central-1:999988887777:secret:far-AbCdEf']);
  });
});

describe('an ARN of the own account', () => {
  test('is found in the listing by its name', async () => {
    const world = await fleet(2);
    await world.apply(reading('near', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-0-AbCdEf'));
    await atRest(world);

    await anHour(world);

    expect(reads(world)).toEqual([]);
  });
});

describe('a check', () => {
  const check = async (world: World) => {
    await world.elapse(38 * MINUTE);
    await world.clock.advance(2 * MINUTE);
    await world.findDue();
    const [sent] = world.messages.takeChecks();
    if (sent === undefined) throw new Error('nothing was sent');
    world.takeReady(); // the store's own
    return sent;
  };

  test('delivered twice does nothing the second time', async () => {
    const world = await fleet(5);
    const sent = await check(world);
    await world.checkDue(sent);
    const states = await world.tables.states.list('one');
    forget(world);

    await world.checkDue(sent);

    expect(lists(world)).toBe(0);
    expect(world.waiting()).toEqual([]);
    expect(await world.tables.states.list('one')).toEqual(states);
  });

  test('delivered twice at once proves each object once', async () => {
    const world = await fleet(5);
    world.secrets.manager.put('db-1', { text: 'two' });
    const sent = await check(world);

    await Promise.all([world.checkDue(sent), world.checkDue(sent)]);
    await world.settle();

    expect(world.target('db-1')).toEqual({ password: 'two' });
    expect(world.cluster().requests.count({ verb: 'update', resource: 'secrets' })).toBe(1);
  });

  test('that crashes at any call is finished when it comes back', async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      const world = await fleet(4);
      world.secrets.manager.put('db-1', { text: 'two' });
      const sent = await check(world);
      let calls = 0;
      world.before = () => {
        calls += 1;
        if (calls >= crashAt) throw new Error('crash');
      };
      const died = await world.checkDue(sent).then(
        () => false,
        () => true,
      );
      world.before = () => undefined;

      if (died) await world.checkDue(sent);
      await world.settle();

      expect(world.target('db-1')).toEqual({ password: 'two' });
      for (const { dueAt } of (await world.tables.states.list('one')).values())
        expect(dueAt).toBeGreaterThan(world.clock.now());
      if (!died) break;
    }
  });

  test('overtaken by a sync leaves what the sync stored', async () => {
    const world = await fleet(3);
    const sent = await check(world);
    world.secrets.before({ operation: 'listVersions' }, () => world.sync(refOf('db-1')));

    await world.checkDue(sent);

    const state = await world.state(refOf('db-1'));
    expect(state?.verifiedAt).toBe(world.clock.now());
  });

  test('of a cluster that is paused or gone by now asks nobody anything', async () => {
    const world = await fleet(3);
    const sent = await check(world);
    await world.register({ mode: 'paused' });

    await world.checkDue(sent);

    expect(lists(world)).toBe(0);
    expect(world.waiting()).toEqual([]);
  });

  test('after the table was lost has nothing to check, and lists again when it was made again', async () => {
    const world = await fleet(3);
    const sent = await check(world);
    await world.tables.clusters.remove('one');
    await world.register();
    await world.checkDue(sent);
    expect(lists(world)).toBe(0);

    await world.apply(secretStore(), reading('db-0'), reading('db-1'));
    await atRest(world);
    await anHour(world);

    expect(reads(world)).toEqual([]);
    expect(lists(world)).toBeGreaterThan(0);
  });

  test('sends on what is to be repaired, mended or said', async () => {
    const world = await fleet(3);
    world.secrets.fail({ operation: 'read', key: 'db-2' }, () => new StoreAccessDeniedError('denied'));
    await world.sync(refOf('db-2'));
    world.secrets.heal();
    world.cluster().put(refOf('db-1'), { labels: { team: 'a' } });
    await world.seen(refOf('db-1'));
    forget(world);

    await anHour(world);

    expect(world.ready(refOf('db-2'))).toBe('True SecretSynced: secret synced');
    expect(world.cluster().secret(NAMESPACE, 'db-1')?.labels).toMatchObject({ team: 'a' });
  });

  test('of a store that is not ready or not allowed sends on, and reconcile says so', async () => {
    const world = await createWorld();
    for (const name of ['a', 'b']) world.secrets.manager.put(name, { text: 'one' });
    const inShared = (name: string) =>
      externalSecret({
        name,
        spec: {
          secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' },
          data: [data('password', { key: name })],
        },
      });
    await world.apply(clusterSecretStore(), inShared('a'), inShared('b'));
    await atRest(world);
    world.cluster().put(clusterSecretStore().ref, {
      ...clusterSecretStore({ spec: { ...awsProvider({}), conditions: [{ namespaces: ['else'] }] } }),
    });
    await world.seen(clusterSecretStore().ref);

    await anHour(world);

    expect(world.ready(refOf('a'))).toMatch(/^False SecretSyncedError/);
  });
});
