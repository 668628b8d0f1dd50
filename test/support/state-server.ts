import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import * as z from 'zod/mini';

const value = z.record(z.string(), z.unknown());
type Item = z.infer<typeof value>;

const requestSchema = z.object({
  Key: z.optional(value),
  Item: z.optional(value),
  IndexName: z.optional(z.string()),
  UpdateExpression: z.optional(z.string()),
  ExpressionAttributeValues: z.optional(z.record(z.string(), z.record(z.string(), z.unknown()))),
  RequestItems: z.optional(z.record(z.string(), z.unknown())),
  TransactItems: z.optional(z.array(z.object({ Put: z.optional(z.object({ Item: value })) }))),
  Entries: z.optional(z.array(z.object({ Id: z.string(), MessageBody: z.string() }))),
});
type Request = z.infer<typeof requestSchema>;

const writesSchema = z.array(z.object({ PutRequest: z.object({ Item: value }) }));
const keysSchema = z.object({ Keys: z.array(value) });
const text = z.object({ S: z.string() });
const number = z.object({ N: z.string() });

/** `#name = :value`, or a count that starts: what it would be added to is taken as zero. */
const ASSIGNMENT = /#(\w+) = (?:if_not_exists\([^)]*\) \+ )?(:\w+)/g;

/** The table and the queue in memory at one local address, as far as the functions need them; conditions always hold. */
export interface StateServer extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the messages sent, oldest first. */
  readonly sent: readonly string[];
  /** Operations asked for, as `GetItem`. */
  readonly operations: readonly string[];
  /** Every item as text. */
  readonly items: readonly string[];
  /** Called before each operation: what it returns is answered as the type of an error; it may keep the answer waiting. */
  intercept(intercept: (operation: string) => string | undefined | Promise<undefined>): void;
  reset(): void;
}

const member = (item: Item, name: string): string => {
  const found = z.safeParse(text, item[name]);
  return found.success ? found.data.S : '';
};

const keyOf = (item: Item): string => `${member(item, 'pk')} ${member(item, 'sk')}`;

const matches = (item: Item, { IndexName, ExpressionAttributeValues: values = {} }: Request): boolean => {
  const asText = (name: string): string => member(values, name);
  if (IndexName === 'controller') return member(item, 'controller') === asText(':controller');
  if (IndexName !== undefined) {
    const dueAt = z.safeParse(number, item['dueAt']);
    const until = z.parse(number, values[':until']);
    return dueAt.success && Number(dueAt.data.N) <= Number(until.N) && member(item, 'dueShard') === asText(':shard');
  }
  return member(item, 'pk') === asText(':pk') && member(item, 'sk').startsWith(asText(':prefix'));
};

const createOperations = (items: Map<string, Item>, sent: string[]) => {
  const put = (item: Item): void => void items.set(keyOf(item), item);
  const find = (key: Item): Item | undefined => items.get(keyOf(key));
  const operations: Readonly<Record<string, (request: Request) => unknown>> = {
    GetItem: ({ Key = {} }) => ({ Item: find(Key) }),
    PutItem: ({ Item = {} }) => put(Item),
    Query: (request) => ({ Items: [...items.values()].filter((item) => matches(item, request)) }),
    UpdateItem: ({ Key = {}, UpdateExpression = '', ExpressionAttributeValues: values = {} }) => {
      const changes = [...UpdateExpression.matchAll(ASSIGNMENT)].map(([, name = '', from = '']) => ({
        [name]: values[from],
      }));
      const item: Item = Object.assign({}, find(Key), Key, ...changes);
      put(item);
      return { Attributes: item };
    },
    BatchGetItem: ({ RequestItems = {} }) => ({
      Responses: Object.fromEntries(
        Object.entries(RequestItems).map(([table, asked]) => [
          table,
          z.parse(keysSchema, asked).Keys.flatMap((key) => find(key) ?? []),
        ]),
      ),
    }),
    BatchWriteItem: ({ RequestItems = {} }) => {
      for (const writes of Object.values(RequestItems))
        for (const { PutRequest } of z.parse(writesSchema, writes)) put(PutRequest.Item);
    },
    TransactWriteItems: ({ TransactItems = [] }) => {
      for (const { Put } of TransactItems) if (Put !== undefined) put(Put.Item);
    },
    SendMessageBatch: ({ Entries = [] }) => {
      sent.push(...Entries.map(({ MessageBody }) => MessageBody));
      const md5 = (body: string) => createHash('md5').update(body).digest('hex');
      return {
        Successful: Entries.map(({ Id, MessageBody }) => ({ Id, MessageId: Id, MD5OfMessageBody: md5(MessageBody) })),
      };
    },
  };
  return operations;
};

export const startStateServer = async (): Promise<StateServer> => {
  const items = new Map<string, Item>();
  const sent: string[] = [];
  const asked: string[] = [];
  const operations = createOperations(items, sent);
  let intercept: Parameters<StateServer['intercept']>[0] = () => undefined;

  const answer = async (message: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> => {
    const operation = String(message.headers['x-amz-target']).split('.').at(-1) ?? '';
    const request = z.parse(requestSchema, JSON.parse(Buffer.concat(await message.toArray()).toString()));
    asked.push(operation);
    const fault = await intercept(operation);
    if (fault !== undefined) return { status: 400, body: { __type: fault, message: 'on purpose' } };
    const operate = operations[operation];
    return operate === undefined
      ? { status: 400, body: { __type: 'UnknownOperationException', message: operation } }
      : { status: 200, body: operate(request) ?? {} };
  };

  const server = createServer((message, response) => {
    void answer(message).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    sent,
    operations: asked,
    get items() {
      return [...items.values()].map((item) => JSON.stringify(item));
    },
    intercept: (next) => {
      intercept = next;
    },
    reset: () => {
      items.clear();
      sent.length = 0;
      asked.length = 0;
      intercept = () => undefined;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
