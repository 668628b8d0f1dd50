import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { fromStoredItem, type PlainRecord, toStoredItem } from './attribute-value.ts';
import { type Batches, createBatches } from './batches.ts';
import { type Caller, createCaller, type TableOptions } from './caller.ts';
import { attributeNames, attributeValues, type Condition, conditionOf } from './expression.ts';
import type { Key } from './keys.ts';
import { isConditionFailed, isTransactionConditionFailed } from './table-error.ts';

/** As read: a schema has not seen it yet. */
export type RawItem = Readonly<Record<string, unknown>>;

export interface Query {
  /** Absent: the table itself, read consistently. */
  readonly index?: 'due' | 'controller';
  /** On key attributes, as in {@link Condition}. */
  readonly expression: string;
  readonly values: PlainRecord;
  /** @default all */
  readonly limit?: number;
  readonly keysOnly?: boolean;
}

export interface Update {
  readonly key: Key;
  readonly change: string;
  readonly condition: string;
  readonly values: PlainRecord;
}

/** `done: false`: the condition did not hold; `item` is what was there instead. */
export type Updated =
  | { readonly done: true; readonly item: RawItem }
  | { readonly done: false; readonly item: RawItem | undefined };

export type TransactWrite =
  | { readonly put: Key & PlainRecord }
  | { readonly delete: Key }
  | { readonly check: Key; readonly condition: Condition };

/** The one table, in plain values. Every read of the table itself is consistent; all methods throw TableUnavailableError. */
export interface Table extends Batches, Pick<Caller, 'pause'> {
  get(key: Key, signal?: AbortSignal): Promise<RawItem | undefined>;
  query(query: Query, signal?: AbortSignal): Promise<readonly RawItem[]>;
  /** False: the condition did not hold. */
  put(item: Key & PlainRecord, condition?: Condition, signal?: AbortSignal): Promise<boolean>;
  update(update: Update): Promise<Updated>;
  /** False: the condition did not hold. */
  delete(key: Key, condition?: Condition): Promise<boolean>;
  /** All or nothing. False: a check did not hold. */
  transact(writes: readonly TransactWrite[]): Promise<boolean>;
}

const toKey = ({ pk, sk }: Key) => toStoredItem({ pk, sk });

export const createTable = (options: TableOptions): Table => {
  const { client, tableName: TableName } = options;
  const { call, pause } = createCaller(options);

  const get: Table['get'] = async (key, signal) => {
    const command = new GetItemCommand({ TableName, Key: toKey(key), ConsistentRead: true });
    const { Item } = await call('GetItem', (send) => client.send(command, send), signal);
    return Item === undefined ? undefined : fromStoredItem(Item);
  };

  const query: Table['query'] = ({ index, expression, values, limit = Number.POSITIVE_INFINITY, keysOnly }, signal) => {
    const projection = keysOnly === true ? '#pk, #sk' : undefined;
    const input = {
      TableName,
      IndexName: index,
      ConsistentRead: index === undefined,
      KeyConditionExpression: expression,
      ProjectionExpression: projection,
      ExpressionAttributeNames: attributeNames(expression, projection),
      ExpressionAttributeValues: attributeValues(values),
      Limit: Number.isFinite(limit) ? limit : undefined,
    };
    const readPages = async (send: { abortSignal?: AbortSignal }): Promise<readonly RawItem[]> => {
      const items: RawItem[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, input, send)) {
        items.push(...Items.map(fromStoredItem));
        if (items.length >= limit) break;
      }
      return items.slice(0, limit);
    };
    return call('Query', readPages, signal);
  };

  const put: Table['put'] = (item, condition, signal) => {
    const command = new PutItemCommand({ TableName, Item: toStoredItem(item), ...conditionOf(condition) });
    return whetherDone(call('PutItem', (send) => client.send(command, send), signal));
  };

  const remove: Table['delete'] = (key, condition) => {
    const command = new DeleteItemCommand({ TableName, Key: toKey(key), ...conditionOf(condition) });
    return whetherDone(call('DeleteItem', (send) => client.send(command, send)));
  };

  const update: Table['update'] = async ({ key, change, condition, values }) => {
    const command = new UpdateItemCommand({
      TableName,
      Key: toKey(key),
      UpdateExpression: change,
      ConditionExpression: condition,
      ExpressionAttributeNames: attributeNames(change, condition),
      ExpressionAttributeValues: attributeValues(values),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      const { Attributes = {} } = await call('UpdateItem', (send) => client.send(command, send));
      return { done: true, item: fromStoredItem(Attributes) };
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return { done: false, item: error.Item === undefined ? undefined : fromStoredItem(error.Item) };
    }
  };

  const transact: Table['transact'] = async (writes) => {
    const TransactItems = writes.map((write) => toTransactItem(TableName, write));
    const command = new TransactWriteItemsCommand({ TransactItems });
    try {
      await call('TransactWriteItems', (send) => client.send(command, send));
      return true;
    } catch (error) {
      if (isTransactionConditionFailed(error)) return false;
      throw error;
    }
  };

  return { ...createBatches(options), pause, get, query, put, delete: remove, update, transact };
};

const whetherDone = async (writing: Promise<unknown>): Promise<boolean> => {
  try {
    await writing;
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
};

const toTransactItem = (TableName: string, write: TransactWrite): TransactWriteItem => {
  if ('put' in write) return { Put: { TableName, Item: toStoredItem(write.put) } };
  if ('delete' in write) return { Delete: { TableName, Key: toKey(write.delete) } };
  const { expression, values } = write.condition;
  return {
    ConditionCheck: {
      TableName,
      Key: toKey(write.check),
      ConditionExpression: expression,
      ExpressionAttributeNames: attributeNames(expression),
      ExpressionAttributeValues: attributeValues(values),
    },
  };
};
