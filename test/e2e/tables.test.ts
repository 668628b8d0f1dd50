import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';
import { createTables, type Tables } from '../../src/adapters/dynamodb/create-tables.ts';
import { describeTables } from '../contract/tables/describe-tables.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTable } from './support/create-table.ts';

const TABLE_NAME = 'secretcast-tables-test';

describe('over DynamoDB', () => {
  let aws: LocalAws | undefined;
  let client: DynamoDBClient | undefined;
  let tables: Tables | undefined;
  let directory = '';
  const clock = createFakeClock();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'secretcast-tables-'));
    aws = await startLocalAws({ directory, log: () => undefined });
    const { endpoint, region, credentials } = aws;
    client = new DynamoDBClient({ endpoint, region, credentials });
    await createTable(client, TABLE_NAME);
    tables = createTables({ client, tableName: TABLE_NAME, clock });
  }, 120_000);

  afterAll(async () => {
    client?.destroy();
    await aws?.stop();
    await rm(directory, { recursive: true, force: true });
  }, 30_000);

  describeTables(() => {
    if (tables === undefined) throw new Error('the local AWS did not start');
    return tables;
  }, clock);
});
