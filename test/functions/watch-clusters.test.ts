import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { createTables } from '../../src/adapters/dynamodb/create-tables.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { registration } from '../support/builders.ts';
import { setEnvironment } from '../support/environment.ts';
import { captureOutput, invocation, scheduled } from '../support/invocation.ts';
import { startStateServer } from '../support/state-server.ts';

/** What the function keeps for handing over, and a little to begin with. */
const STOPS_AFTER_A_SECOND = 11_000;

const server = await startStateServer();
setEnvironment(server.url);
const { handler } = await import('../../functions/watch-clusters.ts');

const client = new DynamoDBClient({});
const tables = createTables({ client, tableName: 'secretcast-test', clock: systemClock });

afterEach(() => {
  jest.restoreAllMocks();
  server.reset();
});

afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

test('leases are given back before Lambda ends the function, and that is no failure', async () => {
  await tables.clusters.put(
    registration({ connection: { type: 'credentials', server: 'https://127.0.0.1:1', credentialsSecretId: 'one' } }),
  );
  const output = captureOutput();
  let releasedLate = false;
  server.intercept(async (operation) => {
    if (operation === 'UpdateItem') await systemClock.sleep(300); // handing over takes its time
    releasedLate ||= operation === 'UpdateItem';
    return undefined;
  });

  await expect(handler(scheduled, invocation(STOPS_AFTER_A_SECOND))).resolves.toBeUndefined();

  expect(releasedLate).toBe(true);
  expect(await tables.leases.get('one')).toBeUndefined();
  expect(output.metrics().map(({ dimensions }) => dimensions)).toEqual(
    output.metrics().map(() => 'cluster kind reason service'),
  );
});

test.each(['Query', 'GetItem'])(
  'a table that does not answer to %s at that moment is no failure either',
  async (hanging) => {
    await tables.clusters.put(registration());
    captureOutput();
    server.intercept((operation) => (operation === hanging ? new Promise<undefined>(() => undefined) : undefined));

    await expect(handler(scheduled, invocation(STOPS_AFTER_A_SECOND))).resolves.toBeUndefined();
  },
);

test('a fleet without clusters ends in peace', async () => {
  captureOutput();

  await expect(handler(scheduled, invocation(STOPS_AFTER_A_SECOND))).resolves.toBeUndefined();
});
