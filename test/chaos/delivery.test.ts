import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, throughout } from '../e2e/support/eventually.ts';
import { killWorkers } from '../e2e/support/lambda-workers.ts';
import { externalSecret, storeWithKeys } from '../e2e/support/manifests.ts';
import { mayReadSecrets } from '../e2e/support/provider.ts';
import { openQueues, type Queues } from '../e2e/support/queues.ts';
import { becomesReady, externalSecretRef } from '../e2e/support/ready.ts';
import { type E2e, startE2e } from '../e2e/support/stack.ts';
import { type TargetHistory, watchTargets } from '../e2e/support/target-history.ts';

const SOON = { withinMilliseconds: 20_000 };
/** Deployed it is six minutes. */
const REPEAT_AFTER_SECONDS = 6;
/** Name of the function and of its role. */
const RECONCILE = 'secretcast-local-reconcile';

let e2e: E2e;
let queues: Queues;
let history: TargetHistory;
/** Of the running test: its secret, object and target. */
let name = '';
let tests = 0;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  queues = openQueues(e2e);
  await queues.repeatAfter('Reconcile', REPEAT_AFTER_SECONDS);
  await e2e
    .cluster('alpha')
    .apply(...storeWithKeys('aws', await e2e.provider.createUser('reader', [mayReadSecrets('')])));
}, 180_000);

afterAll(async () => {
  queues.close();
  await e2e.stop();
}, 60_000);

beforeEach(async () => {
  tests += 1;
  name = `key-${tests}`;
  const alpha = e2e.cluster('alpha');
  await e2e.provider.createSecret(name, 'v000');
  await alpha.apply(externalSecret({ name, store: 'aws', data: { password: name } }));
  await becomesReady(alpha, externalSecretRef(name));
  await sleep(1_000); // what the feed still has to say of the new object is said
  history = await watchTargets(alpha);
});

afterEach(async () => {
  await history.stop();
  await e2e.aws.faults([]);
  await e2e.aws.events({});
});

const value = () => e2e.cluster('alpha').secretValue('default', name, 'password');
const arrives = (expected: string, within = SOON) =>
  eventually(async () => expect(await value()).toBe(expected), within);

/** Successful writes of the target. */
const targetWrites = async (since: number) =>
  (await e2e.writes('alpha', since)).filter(
    (write) => write.resource === 'secrets' && write.name === name && write.code < 300,
  );

const isQuiet = () =>
  eventually(async () => expect(await e2e.inside.queueDepth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 }), {
    withinMilliseconds: 60_000,
  });

const valuesSeen = (): readonly (string | undefined)[] => history.of(name).map(({ data }) => data['password']);

/** No value comes after a newer one: they are numbered. */
const neverGoesBack = () => expect(valuesSeen()).toEqual(valuesSeen().toSorted());

const syncNow = () =>
  queues.send(
    'Reconcile',
    JSON.stringify({
      schemaVersion: 1,
      cluster: 'alpha',
      cause: { type: 'person' },
      traceId: 'test',
      objects: [{ kind: 'ExternalSecret', namespace: 'default', name }],
    }),
  );

describe('events', () => {
  test('that come five times write once', async () => {
    await e2e.aws.events({ duplicate: 4 });
    const since = Date.now();

    await e2e.provider.putSecret(name, 'v001');

    await arrives('v001');
    await isQuiet();
    expect(await targetWrites(since)).toHaveLength(1);
    expect(valuesSeen().filter((seen) => seen === 'v001')).toHaveLength(1);
    neverGoesBack();
  });

  test('that come late and in any order end with the newest value, and no older one after a newer', async () => {
    await e2e.aws.events({ delayMilliseconds: 2_000, duplicate: 1 });

    for (let version = 1; version <= 6; version += 1) {
      await e2e.provider.putSecret(name, `v00${version}`);
      await sleep(400);
    }

    await arrives('v006', { withinMilliseconds: 30_000 });
    await e2e.aws.events({});
    await throughout(async () => expect(await value()).toBe('v006'), { forMilliseconds: 4_000 });
    neverGoesBack();
  });
});

describe('a function that is killed after it wrote the target and before it remembered that', () => {
  test('leaves a message that comes again, finds the target right, and remembers', async () => {
    await e2e.aws.faults([{ service: 'dynamodb', action: 'PutItem', role: RECONCILE, kind: 'throttle' }]);
    const since = Date.now();

    const version = await e2e.provider.putSecret(name, 'v001');
    await arrives('v001');
    const killed = await killWorkers(RECONCILE);
    const before = await e2e.inside.tables.states.get('alpha', { kind: 'ExternalSecret', namespace: 'default', name });
    await e2e.aws.faults([]);

    expect(killed).toBeGreaterThan(0);
    expect(before?.versions.map((read) => read.version)).not.toContain(version);
    await eventually(async () => {
      const state = await e2e.inside.tables.states.get('alpha', { kind: 'ExternalSecret', namespace: 'default', name });
      expect(state?.versions.map((read) => read.version)).toEqual([version]);
    }, SOON);
    expect(await targetWrites(since)).toHaveLength(1);
    await becomesReady(e2e.cluster('alpha'), externalSecretRef(name));
    neverGoesBack();
  });
});

describe('reads that lag behind', () => {
  test('for 30 s are waited for, and nothing is written meanwhile', async () => {
    await e2e.aws.faults([
      { service: 'secretsmanager', action: 'GetSecretValue', match: name, kind: 'stale', seconds: 30 },
    ]);
    const since = Date.now();

    await e2e.provider.putSecret(name, 'v001');

    await throughout(async () => expect(await value()).toBe('v000'), { forMilliseconds: 15_000 });
    expect(await targetWrites(since)).toHaveLength(0);
    await arrives('v001', { withinMilliseconds: 90_000 });
    expect(await targetWrites(since)).toHaveLength(1);
    neverGoesBack();
  }, 150_000);

  test('do not bring an older value back after the newer one was written', async () => {
    await e2e.provider.putSecret(name, 'v001');
    await arrives('v001');
    await e2e.aws.faults([
      { service: 'secretsmanager', action: 'GetSecretValue', match: name, kind: 'stale', seconds: 30 },
    ]);
    const since = Date.now();

    await syncNow();
    await syncNow();

    await throughout(async () => expect(await value()).toBe('v001'), { forMilliseconds: 6_000 });
    expect((await e2e.aws.calls()).secretReads[name]).toBeGreaterThanOrEqual(2);
    expect(await targetWrites(since)).toHaveLength(0);
    neverGoesBack();
  });
});

describe('two syncs of one target at once', () => {
  test('write once', async () => {
    await e2e.aws.events({ drop: { match: name } });
    await e2e.provider.putSecret(name, 'v001');
    await e2e.provider.putSecret(name, 'v002');
    const since = Date.now();

    await Promise.all(Array.from({ length: 8 }, syncNow));

    await arrives('v002');
    await isQuiet();
    expect(await targetWrites(since)).toHaveLength(1);
    neverGoesBack();
  });

  test('while it is rotated end with the newest value', async () => {
    for (let version = 1; version <= 9; version += 1) {
      await e2e.provider.putSecret(name, `v00${version}`);
      await Promise.all([syncNow(), syncNow(), syncNow()]);
    }

    await arrives('v009');
    await throughout(async () => expect(await value()).toBe('v009'), { forMilliseconds: 4_000 });
    neverGoesBack();
  });
});
