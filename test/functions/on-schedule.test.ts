import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTables } from '../../src/adapters/dynamodb/create-tables.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { parseDueCheck } from '../../src/events/due-check.ts';
import { registration } from '../support/builders.ts';
import { setEnvironment } from '../support/environment.ts';
import { captureOutput, invocation, type Output, scheduled } from '../support/invocation.ts';
import { startStateServer } from '../support/state-server.ts';

const server = await startStateServer();
setEnvironment(server.url);
const { handler } = await import('../../functions/on-schedule.ts');

const client = new DynamoDBClient({});
const tables = createTables({ client, tableName: 'secretcast-test', clock: systemClock });
const ref = { kind: 'ExternalSecret', namespace: 'team-a', name: 'db' } as const;

let output: Output;

beforeEach(async () => {
  await tables.clusters.put(registration());
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

const putDue = async (dueAt: number): Promise<void> => {
  const state = { uid: 'u-1', status: { conditions: [] }, versions: [], dependsOn: [], stores: [], failures: 0, dueAt };
  await tables.states.put('one', ref, { state, expected: 0 });
};

describe('each minute', () => {
  test('what comes due is sent, with the due time it has now', async () => {
    await putDue(Date.now() - 1_000);

    await handler(scheduled, invocation());

    const state = await tables.states.get('one', ref);
    expect(server.sent.map((sent) => parseDueCheck(sent))).toMatchObject([
      { objects: [{ cluster: 'one', ...ref, dueAt: state?.dueAt }] },
    ]);
  });

  test('what is due later stays', async () => {
    await putDue(Date.now() + 600_000);

    await handler(scheduled, invocation());

    expect(server.sent).toEqual([]);
  });

  test('the figure that an alarm waits for is written, with no dimension but the service', async () => {
    await handler(scheduled, invocation());

    expect(output.metrics()).toEqual([
      expect.objectContaining({ name: 'secretcast DueObjects', dimensions: 'service' }),
      expect.objectContaining({
        name: 'secretcast SilentClusters',
        dimensions: 'service',
        line: expect.objectContaining({ SilentClusters: 1, service: 'secretcast' }),
      }),
    ]);
    expect(output.logs()).toContainEqual(expect.objectContaining({ message: 'cluster silent', cluster: 'one' }));
  });

  test('a run that fails says so to Lambda', async () => {
    server.intercept(() => 'ValidationException');

    await expect(handler(scheduled, invocation())).rejects.toThrow();
  });
});
