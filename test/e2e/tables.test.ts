import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { parse } from 'yaml';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';
import { createTables, type Tables } from '../../src/adapters/dynamodb/create-tables.ts';
import { describeTables } from '../contract/tables/describe-tables.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const TABLE_NAME = 'secretcast-tables-test';

/** The very table that is deployed, as far as the emulator's API takes its properties. */
const createTableOf = async (client: DynamoDBClient): Promise<void> => {
  const template: { Resources: { Table: { Properties: CreateTableCommandInput } } } = parse(
    await readFile(join(import.meta.dirname, '../../infra/table.yml'), 'utf8'),
  );
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = template.Resources.Table.Properties;
  const definition = { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode };
  await client.send(new CreateTableCommand({ TableName: TABLE_NAME, ...definition }));
};

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
    await createTableOf(client);
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
