import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTables } from '../../src/adapters/dynamodb/create-tables.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import type { ReconcileRequest } from '../../src/domain/message.ts';
import { toDueCheckBody } from '../../src/events/due-check.ts';
import { parseReconcileRequest, toReconcileBody } from '../../src/events/reconcile-request.ts';
import { externalSecret, mirrored, registration } from '../support/builders.ts';
import { setEnvironment } from '../support/environment.ts';
import { batchOf, captureOutput, failuresOf, invocation, type Output } from '../support/invocation.ts';
import { startStateServer } from '../support/state-server.ts';

const CANARY = 'canary-7f3a';

const server = await startStateServer();
setEnvironment(server.url);
const { handler } = await import('../../functions/reconcile.ts');

const client = new DynamoDBClient({});
const tables = createTables({ client, tableName: 'secretcast-test', clock: systemClock });

const ref = { kind: 'ExternalSecret', namespace: 'team-a', name: 'db' } as const;
const body = (overrides: Partial<ReconcileRequest> = {}): string =>
  toReconcileBody({ cluster: 'one', cause: { type: 'person' }, traceId: 't-1', objects: [ref], ...overrides });

let output: Output;

/** A cluster that cannot be reached, with one ExternalSecret whose store nobody has seen. */
beforeEach(async () => {
  await tables.clusters.put(
    registration({ connection: { type: 'credentials', server: 'https://127.0.0.1:1', credentialsSecretId: 'one' } }),
  );
  await tables.mirror.put('one', mirrored(externalSecret()));
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

describe('a message', () => {
  test('is acknowledged although its object fails, and the object is due again [EV7]', async () => {
    const before = Date.now();

    expect(await handler(batchOf(body()), invocation())).toEqual(failuresOf());

    const state = await tables.states.get('one', ref);
    expect(state).toMatchObject({ failures: 1 });
    expect(state?.dueAt).toBeGreaterThanOrEqual(before);
    expect(output.metrics().map(({ name, dimensions }) => ({ name, dimensions }))).toEqual([
      { name: 'secretcast Syncs', dimensions: 'cluster kind reason service' },
    ]);
  });

  test('that checks due objects sends on what no listing can prove', async () => {
    await handler(batchOf(body()), invocation());
    const state = await tables.states.get('one', ref);
    const due = { ...ref, cluster: 'one', dueAt: state?.dueAt ?? 0, delaySeconds: 0 };
    const before = server.sent.length;

    const answer = await handler(batchOf(toDueCheckBody({ traceId: 't-2', objects: [due] })), invocation());

    expect(answer).toEqual(failuresOf());
    expect(server.sent.slice(before).map((sent) => parseReconcileRequest(sent))).toMatchObject([
      { cluster: 'one', cause: { type: 'due' }, traceId: 't-2', objects: [{ ...ref, dueAt: due.dueAt }] },
    ]);
  });

  test('for a cluster that is no longer registered is dropped', async () => {
    expect(await handler(batchOf(body({ cluster: 'gone' })), invocation())).toEqual(failuresOf());
    expect(output.logs()).toEqual([
      expect.objectContaining({ message: 'request dropped', cluster: 'gone', mode: 'unregistered' }),
    ]);
  });

  test('that is malformed goes back alone, and nothing of it is logged [EV7]', async () => {
    const answer = await handler(
      batchOf(CANARY, body({ cluster: 'gone' }), `{"schemaVersion":1,"cluster":["${CANARY}"]}`),
      invocation(),
    );

    expect(answer).toEqual(failuresOf('m-0', 'm-2'));
    expect(output.text()).not.toContain(CANARY);
  });

  test('of another schema version goes back and the log names both versions', async () => {
    const later = JSON.stringify({ ...JSON.parse(body()), schemaVersion: 3 });

    expect(await handler(batchOf(later), invocation())).toEqual(failuresOf('m-0'));
    expect(output.logs()).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        messageId: 'm-0',
        errorName: 'MalformedMessageError',
        error: 'reconcile message has schemaVersion 3, understood: 1',
      }),
    ]);
  });

  test('that meets a bug goes back alone', async () => {
    server.intercept((operation) => (operation === 'BatchGetItem' ? 'ValidationException' : undefined));

    const answer = await handler(batchOf(body(), body({ cluster: 'gone' })), invocation());

    expect(answer).toEqual(failuresOf('m-0'));
    expect(output.logs()).toContainEqual(expect.objectContaining({ message: 'message failed', messageId: 'm-0' }));
  });

  test('that is not finished in time goes back, the others do not', async () => {
    server.intercept((operation) =>
      operation === 'BatchGetItem' ? new Promise<undefined>(() => undefined) : undefined,
    );

    const answer = await handler(batchOf(body({ cluster: 'gone' }), body()), invocation(1_000));

    expect(answer).toEqual(failuresOf('m-1'));
    expect(output.logs()).toContainEqual(expect.objectContaining({ message: 'message unfinished', messageId: 'm-1' }));
  });
});
