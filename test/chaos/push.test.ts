import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, throughout } from '../e2e/support/eventually.ts';
import { killWorkers } from '../e2e/support/lambda-workers.ts';
import { pushMetadata, pushSecret, secret, storeWithKeys } from '../e2e/support/manifests.ts';
import { mayPushSecrets } from '../e2e/support/provider.ts';
import { openQueues, type Queues } from '../e2e/support/queues.ts';
import { becomesReady, pushSecretRef } from '../e2e/support/ready.ts';
import { type E2e, startE2e } from '../e2e/support/stack.ts';

/** Who is killed while it writes a key keeps the others from it for half a minute. */
const SOON = { withinMilliseconds: 90_000 };
/** Deployed it is six minutes. */
const REPEAT_AFTER_SECONDS = 6;
/** Name of the function and of its role. */
const PUSH = 'secretcast-local-push';

let e2e: E2e;
let queues: Queues;
/** Of the running test: its Secret, object and remote key. */
let name = '';
let tests = 0;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  queues = openQueues(e2e);
  await queues.repeatAfter('Push', REPEAT_AFTER_SECONDS);
  await e2e
    .cluster('alpha')
    .apply(...storeWithKeys('aws', await e2e.provider.createUser('pusher', mayPushSecrets(''))));
}, 180_000);

afterAll(async () => {
  queues.close();
  await e2e.stop();
}, 60_000);

beforeEach(() => {
  tests += 1;
  name = `key-${tests}`;
});

afterEach(async () => {
  await e2e.aws.faults([]);
});

const manifest = (spec: Readonly<Record<string, unknown>> = {}) =>
  pushSecret({
    name,
    store: 'aws',
    source: name,
    data: { [name]: 'value' },
    metadata: pushMetadata({ secretPushFormat: 'string' }),
    spec: { deletionPolicy: 'Delete', ...spec },
  });

/** Pushed, and at rest. */
const pushed = async (value: string): Promise<void> => {
  await e2e.cluster('alpha').apply(secret(name, { value }), manifest());
  await becomesReady(e2e.cluster('alpha'), pushSecretRef(name), 90_000);
  await sleep(1_000); // what the feed still has to say of the new object is said
};

const edit = (value: string) => e2e.cluster('alpha').apply(secret(name, { value }));

const holds = (value: string) =>
  eventually(async () => expect((await e2e.provider.readSecret(name))?.value).toBe(value), SOON);

const versions = async () => (await e2e.provider.readSecret(name))?.versions;

const isQuiet = () =>
  eventually(async () => expect(await e2e.inside.queueDepth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 }), {
    withinMilliseconds: 60_000,
  });

const ref = () => ({ kind: 'PushSecret', namespace: 'default', name }) as const;

const remembered = () => e2e.inside.tables.states.get('alpha', ref());

/** Kills the function as soon as it is at work. */
const killAtWork = (): Promise<number> =>
  eventually(async () => {
    const killed = await killWorkers(PUSH);
    expect(killed).toBeGreaterThan(0);
    return killed;
  }, SOON);

const pushNow = () =>
  queues.send(
    'Push',
    JSON.stringify({
      schemaVersion: 1,
      cluster: 'alpha',
      cause: { type: 'person' },
      traceId: 'test',
      objects: [ref()],
    }),
  );

describe('a function that is killed', () => {
  test('after it wrote and before it remembered that: makes no second version, and remembers', async () => {
    await pushed('v000');
    await e2e.aws.faults([{ service: 'dynamodb', action: 'PutItem', role: PUSH, kind: 'throttle' }]);

    await edit('v001');
    await holds('v001');
    await killAtWork();
    await e2e.aws.faults([]);

    await eventually(async () => {
      const known = await remembered();
      expect(known?.pushed?.entries.map(({ pending }) => pending ?? false)).toEqual([false]);
      expect(known?.failures).toBe(0);
    }, SOON);
    await isQuiet();
    await becomesReady(e2e.cluster('alpha'), pushSecretRef(name), 90_000);
    expect(await versions()).toBe(2);
  });

  test.each(['CreateSecret', 'DescribeSecret'])(
    'while it makes a secret (%s): it is made once, and not orphaned',
    async (action) => {
      await e2e.aws.faults([
        { service: 'secretsmanager', action, match: name, kind: 'delay', milliseconds: 3_000, count: 1 },
      ]);
      await e2e.cluster('alpha').apply(secret(name, { value: 'v000' }), manifest());
      await eventually(
        async () => expect((await remembered())?.pushed?.entries).toMatchObject([{ remoteKey: name }]),
        SOON,
      );

      await killAtWork();
      await holds('v000');
      await becomesReady(e2e.cluster('alpha'), pushSecretRef(name), 90_000);
      await isQuiet();
      expect(await versions()).toBe(1);

      await e2e.cluster('alpha').remove(pushSecretRef(name));
      await eventually(async () => expect(await e2e.provider.readSecret(name)).toBeUndefined(), SOON);
    },
  );

  test.each(['GetSecretValue', 'PutSecretValue'])(
    'while it changes a secret (%s): one version more',
    async (action) => {
      await pushed('v000');
      await e2e.aws.faults([
        { service: 'secretsmanager', action, match: name, kind: 'delay', milliseconds: 3_000, count: 1 },
      ]);

      await edit('v001');
      await sleep(1_500);
      await killAtWork();

      await holds('v001');
      await isQuiet();
      expect(await versions()).toBe(2);
    },
  );

  test.each(['GetSecretValue', 'DescribeSecret', 'DeleteSecret'])(
    'while it takes back what was pushed (%s): it is gone in the end',
    async (action) => {
      await pushed('v000');
      await e2e.aws.faults([
        { service: 'secretsmanager', action, match: name, kind: 'delay', milliseconds: 3_000, count: 1 },
      ]);

      await e2e.cluster('alpha').remove(pushSecretRef(name));
      await sleep(1_500);
      await killWorkers(PUSH);

      await eventually(async () => expect(await e2e.provider.readSecret(name)).toBeUndefined(), SOON);
      await eventually(async () => expect(await remembered()).toBeUndefined(), SOON);
    },
  );
});

describe('many at once', () => {
  test('the same push, eight times: one version', async () => {
    await pushed('v000');
    await queues.deliver('Push', false);
    await edit('v001');
    await Promise.all(Array.from({ length: 8 }, pushNow));
    await queues.deliver('Push', true);

    await holds('v001');
    await isQuiet();
    expect(await versions()).toBe(2);
  });

  test('eight PushSecrets of different properties of one secret: none is lost, also while they change', async () => {
    const alpha = e2e.cluster('alpha');
    const parts = Array.from({ length: 8 }, (_, index) => `part-${index}`);
    const of = (part: string) =>
      pushSecret({
        name: `${name}-${part}`,
        store: 'aws',
        source: `${name}-${part}`,
        data: { [`${name}#${part}`]: 'value' },
      });

    for (const round of ['one', 'two']) {
      await Promise.all(parts.map((part) => alpha.apply(secret(`${name}-${part}`, { value: round }), of(part))));
      await eventually(
        async () =>
          expect(JSON.parse((await e2e.provider.readSecret(name))?.value ?? '{}')).toEqual(
            Object.fromEntries(parts.map((part) => [part, round])),
          ),
        { withinMilliseconds: 60_000 },
      );
    }

    for (const part of parts) await becomesReady(alpha, pushSecretRef(`${name}-${part}`), 30_000);
    expect(await versions()).toBeLessThanOrEqual(2 * parts.length);
  });
});

test('a provider that throttles is waited for, and the newest value arrives', async () => {
  await pushed('v000');
  await e2e.aws.faults([{ service: 'secretsmanager', match: name, kind: 'throttle' }]);
  await edit('v001');
  await sleep(2_000);
  await edit('v002');
  await throughout(async () => expect(await remembered()).toBeDefined(), { forMilliseconds: 3_000 });
  await e2e.aws.faults([]);

  await holds('v002');
  await becomesReady(e2e.cluster('alpha'), pushSecretRef(name), 60_000);
});

test('nothing was malformed', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
