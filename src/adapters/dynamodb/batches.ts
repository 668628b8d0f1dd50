import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  type BatchWriteItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { fromStoredItem, type PlainRecord, toStoredItem } from './attribute-value.ts';
import { type Caller, createCaller, type TableOptions } from './caller.ts';
import { gather } from './gather.ts';
import type { Key } from './keys.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_GETS = 100;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MAX_WRITES = 25;

/** As read: a schema has not seen it yet. */
type Found = Readonly<Record<string, unknown>>;

export interface Batches {
  /** What is there of `keys`, in no order. Consistent reads. */
  getMany(keys: readonly Key[], signal?: AbortSignal): Promise<readonly Found[]>;
  /** Not a transaction: an error may leave some written, so writes must bear repeating. */
  putMany(items: readonly (Key & PlainRecord)[]): Promise<void>;
  deleteMany(keys: readonly Key[]): Promise<void>;
}

/** A batch may name a key once only. */
const distinct = <T extends Key>(keys: readonly T[]): readonly T[] => [
  ...new Map(keys.map((key) => [textOf(key), key])).values(),
];

const textOf = ({ pk, sk }: { readonly pk?: unknown; readonly sk?: unknown }): string => JSON.stringify([pk, sk]);

const chunks = <T>(entries: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(entries.length / size) }, (_, index) =>
    entries.slice(index * size, (index + 1) * size),
  );

const toKey = ({ pk, sk }: Key) => toStoredItem({ pk, sk });

type Gets = BatchGetItemCommandInput['RequestItems'];
type Writes = BatchWriteItemCommandInput['RequestItems'];

/**
 * DynamoDB hands back what it had no capacity for, and it is sent again. What several ask for at once goes together; deletions,
 * which are rare, do not.
 */
export const createBatches = (options: TableOptions): Batches => {
  const caller = createCaller(options);
  const { client, tableName } = options;

  const getChunk = async (keys: readonly Key[], signal?: AbortSignal) => {
    const found: Found[] = [];
    let left: Gets = { [tableName]: { Keys: keys.map(toKey), ConsistentRead: true } };
    for (let attempt = 1; ; attempt += 1) {
      const command: BatchGetItemCommand = new BatchGetItemCommand({ RequestItems: left });
      const answer: BatchGetItemCommandOutput = await caller.call(
        'BatchGetItem',
        (send) => client.send(command, send),
        signal,
      );
      found.push(...(answer.Responses?.[tableName] ?? []).map(fromStoredItem));
      left = answer.UnprocessedKeys;
      if (left?.[tableName]?.Keys === undefined) return found;
      await caller.pause('BatchGetItem', attempt, signal);
    }
  };

  const getAll = gather<Key, ReadonlyMap<string, Found>>(async (keys, signal) => {
    const found = await Promise.all(chunks(distinct(keys), MAX_GETS).map((chunk) => getChunk(chunk, signal)));
    return new Map(found.flat().map((item) => [textOf(item), item]));
  });

  const putAll = gather<Key & PlainRecord, void>(async (items) => {
    const requests = distinct(items).map((item) => ({ PutRequest: { Item: toStoredItem(item) } }));
    await Promise.all(
      chunks(requests, MAX_WRITES).map((chunk) => writeChunk({ client, tableName, caller }, [...chunk])),
    );
  });

  return {
    getMany: async (keys, signal) => {
      if (keys.length === 0) return [];
      const found = await getAll(keys, signal);
      return distinct(keys)
        .map((key) => found.get(textOf(key)))
        .filter((item) => item !== undefined);
    },
    putMany: async (items) => {
      if (items.length > 0) await putAll(items);
    },
    deleteMany: async (keys) => {
      const requests = distinct(keys).map((key) => ({ DeleteRequest: { Key: toKey(key) } }));
      for (const chunk of chunks(requests, MAX_WRITES)) await writeChunk({ client, tableName, caller }, [...chunk]);
    },
  };
};

const writeChunk = async (
  { client, tableName, caller }: Pick<TableOptions, 'client' | 'tableName'> & { readonly caller: Caller },
  requests: NonNullable<Writes>[string],
): Promise<void> => {
  let left: Writes = { [tableName]: requests };
  for (let attempt = 1; ; attempt += 1) {
    const command: BatchWriteItemCommand = new BatchWriteItemCommand({ RequestItems: left });
    const answer: BatchWriteItemCommandOutput = await caller.call('BatchWriteItem', (send) =>
      client.send(command, send),
    );
    left = answer.UnprocessedItems;
    if (left?.[tableName] === undefined) return;
    await caller.pause('BatchWriteItem', attempt);
  }
};
