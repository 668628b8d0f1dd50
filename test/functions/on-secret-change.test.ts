import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTables } from '../../src/adapters/dynamodb/create-tables.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { remoteKeysFor } from '../../src/domain/remote-key.ts';
import { parseReconcileRequest } from '../../src/events/reconcile-request.ts';
import { setEnvironment } from '../support/environment.ts';
import { ACCOUNT, queueSamples, readSample } from '../support/event-samples.ts';
import { batchOf, captureOutput, failuresOf, invocation, type Output } from '../support/invocation.ts';
import { startStateServer } from '../support/state-server.ts';

const CANARY = 'canary-7f3a';
const ROTATION = readSample('sm-native-secret-label-updated-awscurrent');

const server = await startStateServer();
setEnvironment(server.url);
const { handler } = await import('../../functions/on-secret-change.ts');

const client = new DynamoDBClient({});
const { dependants } = createTables({ client, tableName: 'secretcast-test', clock: systemClock });

let output: Output;

/** Someone reads the secret and the parameter that the samples are about. */
beforeEach(async () => {
  const location = { account: ACCOUNT, region: 'eu-west-1' } as const;
  const keys = [
    ...remoteKeysFor('prod/payments/db', { ...location, service: 'secretsmanager' }),
    ...remoteKeysFor('/prod/payments/feature-flags', { ...location, service: 'ssm' }),
  ];
  const ref = { kind: 'ExternalSecret', namespace: 'team-a', name: 'db' } as const;
  await dependants.add(keys, { cluster: 'one', ref });
  output = captureOutput();
});

afterEach(() => {
  jest.restoreAllMocks();
  server.reset();
});

afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

describe.each(queueSamples)('the sample $name', ({ body, outcome }) => {
  test('is acknowledged, and wakes those who read what changed', async () => {
    expect(await handler(batchOf(body), invocation())).toEqual(failuresOf());

    if ('ignored' in outcome) {
      expect(output.logs()).toEqual([expect.objectContaining({ message: 'event ignored', why: outcome.ignored })]);
      expect(server.sent).toEqual([]);
      return;
    }
    expect(server.sent.map((sent) => parseReconcileRequest(sent))).toMatchObject([
      { cluster: 'one', cause: { type: 'event' }, objects: [{ namespace: 'team-a', name: 'db' }] },
    ]);
    const announced = server.items.filter((item) => item.includes('"versions"') && !item.includes('"goneAt"'));
    expect(announced).toHaveLength(outcome.announces === undefined ? 0 : outcome.keys.length);
  });
});

describe('a forged event', () => {
  const forged = (change: object) => JSON.stringify({ ...JSON.parse(ROTATION), ...change });

  test.each([
    ['whose sender is another account than the secret it speaks of', { account: '999988887777' }],
    ['whose sender is in another Region', { region: 'us-east-1' }],
    [
      'that speaks for a secret of another account',
      { resources: ['arn:aws:secretsmanager:eu-west-1:999988887777:secret:x-a1B2c3'] },
    ],
  ])('%s wakes nobody, announces nothing and ends in the dead-letter queue [EV2]', async (_, change) => {
    const before = [...server.items];

    expect(await handler(batchOf(forged(change)), invocation())).toEqual(failuresOf('m-0'));

    expect(server.sent).toEqual([]);
    expect(server.items).toEqual(before);
    expect(output.logs().at(-1)).toMatchObject({ errorName: 'MalformedMessageError' });
  });
});

describe('a batch', () => {
  test('gives back only what is malformed, and logs nothing of it [EV7]', async () => {
    const broken = `{"password": "${CANARY}`;
    const incomplete = JSON.stringify({ id: 'e-9', detail: { password: CANARY } });

    const answer = await handler(batchOf(broken, ROTATION, incomplete), invocation());

    expect(answer).toEqual(failuresOf('m-0', 'm-2'));
    expect(server.sent).toHaveLength(1);
    expect(output.text()).not.toContain(CANARY);
    expect(output.logs().filter(({ level }) => level === 'ERROR')).toEqual([
      expect.objectContaining({ messageId: 'm-0', errorName: 'MalformedMessageError', error: 'event is not JSON' }),
      expect.objectContaining({ messageId: 'm-2', error: expect.stringContaining('event is invalid at source') }),
    ]);
  });

  test('of one event again sends nothing again', async () => {
    await handler(batchOf(ROTATION), invocation());

    expect(await handler(batchOf(ROTATION), invocation())).toEqual(failuresOf());
    expect(server.sent).toHaveLength(1);
    expect(output.logs().at(-1)).toMatchObject({ message: 'event repeated' });
  });

  test('gives back what the table or the queue did not take, and does not count it as handled', async () => {
    server.intercept((operation) => (operation === 'SendMessageBatch' ? 'AccessDeniedException' : undefined));
    expect(await handler(batchOf(ROTATION, 'x'), invocation())).toEqual(failuresOf('m-0', 'm-1'));

    server.intercept(() => undefined);
    expect(await handler(batchOf(ROTATION), invocation())).toEqual(failuresOf());
    expect(server.sent).toHaveLength(1);
  });

  test('answers in time with what is finished and gives back the rest', async () => {
    const parameter = readSample('ssm-parameter-store-change-update');
    let waiting = 0;
    server.intercept((operation) => {
      if (operation !== 'SendMessageBatch' || waiting > 0) return undefined;
      waiting += 1;
      return new Promise<undefined>(() => undefined); // never
    });

    const answer = await handler(batchOf(ROTATION, parameter, 'x'), invocation(1_500));

    expect(answer.batchItemFailures).toHaveLength(2);
    expect(answer.batchItemFailures).toContainEqual({ itemIdentifier: 'm-2' });
    expect(server.sent).toHaveLength(1);
    expect(output.logs()).toContainEqual(expect.objectContaining({ message: 'message unfinished' }));
  });

  test('of nothing is answered', async () => {
    expect(await handler(batchOf(), invocation())).toEqual(failuresOf());
  });
});

describe('metrics', () => {
  test('are written when the batch ends, once, with few dimensions', async () => {
    await handler(batchOf(ROTATION, 'x'), invocation());
    await handler(batchOf(ROTATION), invocation());

    expect(output.metrics()).toEqual([
      expect.objectContaining({
        name: 'secretcast SecretChanges',
        dimensions: 'reason service',
        line: expect.objectContaining({ SecretChanges: 1, reason: 'Sent', service: 'secretcast' }),
      }),
    ]);
  });
});
