import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  InternalServerError,
  PutItemCommand,
  QueryCommand,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createTables } from '../../../../src/adapters/dynamodb/create-tables.ts';
import { describeError, MalformedItemError, TableUnavailableError } from '../../../../src/domain/sync-error.ts';
import { externalSecretRef, mirrored, remoteKey, state } from '../../../contract/tables/samples.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const client = new DynamoDBClient({ region: 'eu-west-1' });
const dynamo = mockClient(client);
const clock = createFakeClock();
const tables = createTables({ client, tableName: 'state', clock, random: () => 0 });
const ref = externalSecretRef();
const lease = { cluster: 'blue', holder: 'one', epoch: 1, expiresAt: 2_000 };
const storePosition = () =>
  tables.positions.put(lease, { kind: 'Secret', namespace: '' }, { resourceVersion: '5', heardAt: 1 });

const details = { $metadata: {}, message: 'as DynamoDB says' };
const refused = new DynamoDBServiceException({ ...details, name: 'ResourceNotFoundException', $fault: 'client' });
const denied = new DynamoDBServiceException({ ...details, name: 'AccessDeniedException', $fault: 'client' });
const cancelled = (...codes: readonly string[]) =>
  new TransactionCanceledException({ ...details, CancellationReasons: codes.map((Code) => ({ Code })) });

beforeEach(() => {
  dynamo.reset();
});

describe('errors', () => {
  test.each([
    ['throttled', new ThrottlingException(details)],
    ['a 5xx', new InternalServerError(details)],
    ['no answer', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ])('%s may be repeated', async (_, error) => {
    dynamo.on(GetItemCommand).rejects(error);

    const failing = tables.mirror.get('blue', ref);

    await expect(failing).rejects.toThrow(TableUnavailableError);
    await expect(failing).rejects.toMatchObject({ retryable: true, message: expect.stringContaining('GetItem') });
  });

  test.each([refused, new TypeError('a bug')])('%s stays as it is', async (error) => {
    dynamo.on(GetItemCommand).rejects(error);

    await expect(tables.mirror.get('blue', ref)).rejects.toBe(error);
  });

  test('a denied call is told with what was denied, for whoever owns the role', async () => {
    dynamo.on(BatchGetItemCommand).rejects(denied);

    const failing = tables.dependants.announcements([remoteKey('key')]);

    await expect(failing).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(/BatchGetItem.*role/),
    });
  });

  test('an abort is no failure of the table', async () => {
    const aborted = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    dynamo.on(GetItemCommand).rejects(aborted);

    await expect(tables.mirror.get('blue', ref, AbortSignal.abort())).rejects.toBe(aborted);
  });

  test('only a failed condition makes a write count as refused', async () => {
    dynamo.on(PutItemCommand).rejectsOnce(new ConditionalCheckFailedException(details)).rejects(refused);

    expect(await tables.mirror.put('blue', mirrored())).toBe(false);
    await expect(tables.mirror.put('blue', mirrored())).rejects.toBe(refused);
  });
});

describe('transactions', () => {
  test.each([new TransactionConflictException(details), cancelled('TransactionConflict', 'None')])(
    'that meet another are repeated after a pause: %s',
    async (conflict) => {
      const before = clock.slept.length;
      dynamo.on(TransactWriteItemsCommand).rejectsOnce(conflict).rejectsOnce(conflict).resolves({});

      expect(await storePosition()).toBe(true);

      expect(clock.slept.length - before).toBe(2);
    },
  );

  test('that never get through end as unavailable', async () => {
    dynamo.on(TransactWriteItemsCommand).rejects(cancelled('TransactionConflict', 'None'));

    await expect(storePosition()).rejects.toThrow(TableUnavailableError);
  });

  test.each([
    ['a condition', cancelled('ConditionalCheckFailed', 'None'), false],
    ['capacity', cancelled('None', 'ThrottlingError'), 'TableUnavailableError'],
    ['a mistake', cancelled('None', 'ValidationError'), 'TransactionCanceledException'],
  ])('cancelled for %s give %s', async (_, error, outcome) => {
    dynamo.on(TransactWriteItemsCommand).rejects(error);

    const ended = await storePosition().catch((thrown: unknown) => describeError(thrown).name);

    expect(ended).toBe(outcome);
  });
});

describe('batches', () => {
  const keys = Array.from({ length: 26 }, (_, index) => remoteKey(`key-${index}`));
  const dependant = { cluster: 'blue', ref };

  test('what a batch write leaves over is sent again', async () => {
    const left = { state: [{ DeleteRequest: { Key: { pk: { S: 'left' }, sk: { S: 'over' } } } }] };
    dynamo.on(BatchWriteItemCommand).resolvesOnce({ UnprocessedItems: left }).resolves({ UnprocessedItems: {} });

    await tables.dependants.remove(keys, dependant);

    const sent = dynamo.commandCalls(BatchWriteItemCommand).map(({ args: [{ input }] }) => input.RequestItems);
    expect(sent.map((items) => items?.['state']?.length)).toEqual([25, 1, 1]);
    expect(sent[1]).toEqual(left);
  });

  test('what a batch read leaves over is asked for again', async () => {
    const found = { pk: { S: 'KEY#111122223333#eu-west-1#secretsmanager#key-0' }, sk: { S: 'META' } };
    const Keys = [{ pk: { S: 'left' }, sk: { S: 'over' } }];
    dynamo
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: {}, UnprocessedKeys: { state: { Keys } } })
      .resolves({ Responses: { state: [{ ...found, at: { N: '1' }, versions: { L: [] }, revision: { N: '1' } }] } });

    expect((await tables.dependants.announcements(keys)).size).toBe(1);

    expect(dynamo.commandCalls(BatchGetItemCommand)[1]?.args[0].input.RequestItems?.['state']?.Keys).toEqual(Keys);
  });

  test('a table that never has room ends as unavailable', async () => {
    const left = { state: [{ DeleteRequest: { Key: { pk: { S: 'left' }, sk: { S: 'over' } } } }] };
    dynamo.on(BatchWriteItemCommand).resolves({ UnprocessedItems: left });

    await expect(tables.dependants.remove(keys, dependant)).rejects.toThrow(TableUnavailableError);
  });

  test('pages are read to the end, or to the limit', async () => {
    const page = (name: string) => ({
      Items: [{ pk: { S: 'CLUSTER#blue' }, sk: { S: `STATE#ExternalSecret#prod#${name}` }, dueAt: { N: '1' } }],
      LastEvaluatedKey: { pk: { S: 'CLUSTER#blue' }, sk: { S: name } },
    });
    const inShard = { ':shard': { S: 'DUE#3' } };
    dynamo.on(QueryCommand).resolves({ Items: [] });
    dynamo
      .on(QueryCommand, { ExpressionAttributeValues: { ...inShard, ':until': { N: '5' } } })
      .resolvesOnce(page('a'))
      .resolvesOnce(page('b'))
      .resolves(page('c'));

    const due = await tables.states.due(5, 2);

    expect(due.map((object) => object.ref.name)).toEqual(['a', 'b']);
  });
});

describe('what is stored', () => {
  test.each([
    ['up to 100 KB', 100 * 1024 - 2, true],
    ['more', 100 * 1024 - 1, false],
  ])('of a spec of %s: all or nothing', async (_, length, kept) => {
    dynamo.on(PutItemCommand).resolves({});

    await tables.mirror.put('blue', mirrored({ spec: 'x'.repeat(length) }));

    const item = dynamo.commandCalls(PutItemCommand)[0]?.args[0].input.Item;
    expect(item !== undefined && 'spec' in item).toBe(kept);
  });

  test('an announcement expires, so that keys nobody reads do not pile up', async () => {
    dynamo.on(GetItemCommand).resolves({}).on(PutItemCommand).resolves({});

    await tables.dependants.announce(remoteKey('prod/db'), { at: 1_000_000, versions: [] });

    expect(dynamo.commandCalls(PutItemCommand)[0]?.args[0].input.Item?.['ttl']).toEqual({ N: '87400' });
  });

  test('an announcement that says nothing new is not written', async () => {
    const known = { at: { N: '2000' }, versions: { L: [{ S: 'v1' }] }, revision: { N: '1' } };
    dynamo.on(GetItemCommand).resolves({ Item: known });

    await tables.dependants.announce(remoteKey('prod/db'), { at: 2_000, versions: ['v1'] });
    await tables.dependants.announce(remoteKey('prod/db'), { at: 1_000, versions: ['v0'] });

    expect(dynamo.commandCalls(PutItemCommand)).toHaveLength(0);
  });

  test('a malformed item is named, and nothing of it quoted', async () => {
    const item = { pk: { S: 'CLUSTER#blue' }, sk: { S: 'STATE#ExternalSecret#prod#app' }, uid: { S: 'hunter2' } };
    dynamo.on(GetItemCommand).resolves({ Item: { ...item, revision: { S: 'hunter2' } } });

    const failing = tables.states.get('blue', ref);

    await expect(failing).rejects.toThrow(MalformedItemError);
    await expect(failing).rejects.toThrow(/CLUSTER#blue \/ STATE#ExternalSecret#prod#app .*revision/);
    await expect(failing).rejects.not.toThrow(/hunter2/);
  });

  test('a spec that is no JSON is malformed, and not quoted', async () => {
    const fields = { uid: '', resourceVersion: '1', spec: 'hunter2' };
    const key = { pk: 'CLUSTER#blue', sk: 'SPEC#ExternalSecret#prod#app' };
    const texts = Object.entries({ ...fields, ...key }).map(([name, S]) => [name, { S }] as const);
    const rest = { generation: { N: '1' }, labels: { M: {} }, annotations: { M: {} }, finalizers: { L: [] } };
    dynamo.on(GetItemCommand).resolves({ Item: { ...Object.fromEntries(texts), ...rest } });

    const failing = tables.mirror.get('blue', ref);

    await expect(failing).rejects.toThrow(MalformedItemError);
    await expect(failing).rejects.not.toThrow(/hunter2/);
  });

  test('a first state is written only where there is none', async () => {
    dynamo.on(PutItemCommand).resolves({});

    await tables.states.put('blue', ref, { state: state(), expected: 0 });

    expect(dynamo.commandCalls(PutItemCommand)[0]?.args[0].input.ConditionExpression).toBe('attribute_not_exists(#pk)');
  });
});
