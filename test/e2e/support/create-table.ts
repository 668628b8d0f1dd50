import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTableCommand, type CreateTableCommandInput, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';

/** The very table that is deployed, as far as the emulator's API takes its properties. */
export const createTable = async (client: DynamoDBClient, TableName: string): Promise<void> => {
  const template: { Resources: { Table: { Properties: CreateTableCommandInput } } } = parse(
    await readFile(join(import.meta.dirname, '../../../infra/table.yml'), 'utf8'),
  );
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = template.Resources.Table.Properties;
  const definition = { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode };
  await client.send(new CreateTableCommand({ TableName, ...definition }));
};
