import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';
import { createSecretWriters } from '../../src/adapters/aws/secret-writers.ts';
import { createTables } from '../../src/adapters/dynamodb/create-tables.ts';
import { createEngine } from '../../src/adapters/engine/engine.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import type { SecretWriter } from '../../src/app/ports/secret-writer.ts';
import { createOrderedWriters } from '../../src/app/push/ordered-writers.ts';
import { createFakeLog } from '../support/fake-log.ts';
import { oneKey, remoteWrite } from '../support/remote-write.ts';
import { createRole, identity } from './support/aws-identities.ts';
import { createTable } from './support/create-table.ts';

const TABLE_NAME = 'secretcast-writers-test';
const KEY = 'prod/db';

describe('workers that write one secret', () => {
  let directory = '';
  let aws: LocalAws | undefined;
  const engines = createEngine();
  const closing: (() => void)[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'secretcast-writers-'));
    aws = await startLocalAws({ directory, log: () => undefined });
    const { endpoint, region, credentials } = aws;
    await createTable(new DynamoDBClient({ endpoint, region, credentials }), TABLE_NAME);
    await createRole(aws, 'writer', ['secretsmanager:*']);
  }, 120_000);

  afterAll(async () => {
    for (const close of closing) close();
    await engines.close();
    await aws?.stop();
    await rm(directory, { recursive: true, force: true });
  }, 30_000);

  /** A worker with connections of its own, as another container has. */
  const startWorker = async (): Promise<SecretWriter> => {
    if (aws === undefined) throw new Error('the local AWS did not start');
    const { endpoint, region, credentials } = aws;
    const writers = createSecretWriters({
      engines,
      endpoints: { secretsManager: endpoint, sts: endpoint },
      hubCredentials: credentials,
    });
    closing.push(writers.close);
    const client = new DynamoDBClient({ endpoint, region, credentials });
    closing.push(() => client.destroy());
    const ordered = createOrderedWriters({
      ...createTables({ client, tableName: TABLE_NAME, clock: systemClock }),
      writers,
      clock: systemClock,
      log: createFakeLog(),
      newHolder: randomUUID,
      random: Math.random,
    });
    const { plan } = identity(aws, 'writer');
    return ordered.open({ ...plan, service: 'secretsmanager' }, { credentials: undefined, settings: {} });
  };

  test('eight at once, each another property, lose none and make eight versions', async () => {
    const workers = await Promise.all(Array.from({ length: 8 }, startWorker));
    const began = Date.now();

    await Promise.all(
      workers.map((worker, index) =>
        worker.write(remoteWrite({ key: KEY, property: `p${index}`, content: oneKey(`value ${index}`) })),
      ),
    );

    const { endpoint, region, credentials } = aws ?? { endpoint: '', region: '' };
    const client = new SecretsManagerClient({ endpoint, region, ...(credentials && { credentials }) });
    const { SecretBinary = [] } = await client.send(new GetSecretValueCommand({ SecretId: KEY }));
    const versions = await client.send(new ListSecretVersionIdsCommand({ SecretId: KEY, IncludeDeprecated: true }));
    client.destroy();
    expect(JSON.parse(Buffer.from(SecretBinary).toString())).toEqual(
      Object.fromEntries(workers.map((_, index) => [`p${index}`, `value ${index}`])),
    );
    expect(versions.Versions).toHaveLength(8);
    expect(Date.now() - began).toBeLessThan(10_000);
  }, 60_000);
});
