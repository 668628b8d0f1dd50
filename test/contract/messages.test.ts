import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createSqsMessages } from '../../src/adapters/sqs/messages.ts';
import { type DueCandidate, toDueChecks } from '../../src/domain/due-check.ts';
import type { ReconcileRequest } from '../../src/domain/message.ts';
import { parseDueCheck, toDueCheckBody } from '../../src/events/due-check.ts';
import { parseReconcileRequest, toReconcileBody } from '../../src/events/reconcile-request.ts';

const request = (change: Partial<ReconcileRequest> = {}): ReconcileRequest => ({
  cluster: 'payments',
  cause: { type: 'event', eventId: 'e-1', versionId: 'v-1' },
  traceId: 't-1',
  objects: [{ kind: 'ExternalSecret', namespace: 'team-a', name: 'db', uid: 'u-1', dueAt: 1_000 }],
  ...change,
});

describe('a message of the reconcile queue', () => {
  test.each([
    ['an event', request()],
    ['an event without a version', request({ cause: { type: 'event', eventId: 'e-1' } })],
    ['a due time', request({ cause: { type: 'due' }, attempt: 2 })],
    ['a version that moved', request({ cause: { type: 'moved' } })],
    ['the feed', request({ cause: { type: 'feed' } })],
    ['a store', request({ cause: { type: 'store' } })],
    [
      'a person',
      request({ cause: { type: 'person' }, objects: [{ kind: 'ClusterSecretStore', namespace: '', name: 'aws' }] }),
    ],
  ])('comes back as it went: %s', (_, sent) => {
    expect(parseReconcileRequest(toReconcileBody(sent))).toEqual(sent);
  });

  test('says which version its schema is', () => {
    expect(JSON.parse(toReconcileBody(request()))).toMatchObject({ schemaVersion: 1 });
  });

  test('of a version nobody knows names those that are known', () => {
    const body = JSON.stringify({ ...request(), schemaVersion: 9 });

    expect(() => parseReconcileRequest(body)).toThrow('reconcile message has schemaVersion 9, understood: 1');
  });

  test.each([
    ['text', 'canary-7f3a', 'reconcile message is not JSON'],
    ['JSON of something else', '{"canary":"canary-7f3a"}', 'reconcile message has no schemaVersion'],
    ['nothing', '', 'reconcile message is not JSON'],
    [
      'a kind nobody serves',
      JSON.stringify({ ...request(), schemaVersion: 1, objects: [{ kind: 'canary-7f3a', namespace: '', name: 'x' }] }),
      'reconcile message is invalid at objects.0.kind',
    ],
    [
      'no objects',
      JSON.stringify({ ...request(), schemaVersion: 1, objects: [] }),
      'reconcile message is invalid at objects',
    ],
  ])('that is malformed is refused without quoting it: %s', (_, body, message) => {
    expect(() => parseReconcileRequest(body)).toThrow(
      expect.objectContaining({ name: 'MalformedMessageError', message }),
    );
  });
});

describe('a check of due objects', () => {
  const due = (name: string): DueCandidate => ({
    cluster: 'payments',
    kind: 'ExternalSecret',
    namespace: 'team-a',
    name,
    dueAt: 1_000,
    delaySeconds: 30,
  });

  test('comes back as it went', () => {
    const check = { traceId: 't-1', objects: [due('a'), due('b')] };

    expect(parseDueCheck(toDueCheckBody(check))).toEqual(check);
  });

  test('is told from a request', () => {
    expect(parseDueCheck(toReconcileBody(request()))).toBeUndefined();
  });

  test.each([
    ['no objects', { due: [] }, 'reconcile message is invalid at due'],
    ['a kind that has no versions', { due: [{ ...due('a'), kind: 'SecretStore' }] }, 'invalid at due.0.kind'],
    ['no name', { due: [due('')] }, 'invalid at due.0.name'],
  ])('that is malformed is refused without quoting it: %s', (_, wrong, message) => {
    const body = JSON.stringify({ schemaVersion: 1, traceId: 't-1', ...wrong });

    expect(() => parseDueCheck(body)).toThrow(
      expect.objectContaining({ name: 'MalformedMessageError', message: expect.stringContaining(message) }),
    );
  });

  test('holds a thousand objects, and fewer of long names, below 256 KB', () => {
    const sizes = (names: readonly string[]) =>
      toDueChecks(names.map(due), 't-1').map((check) => [
        check.objects.length,
        Buffer.byteLength(toDueCheckBody(check)) < 256 * 1024,
      ]);
    const names = (length: number) => Array.from({ length: 1_500 }, (_, index) => String(index).padStart(length, 'n'));

    expect(sizes(names(4))).toEqual([
      [1_000, true],
      [500, true],
    ]);
    expect(sizes(names(253)).every(([, fits]) => fits)).toBe(true);
    expect(sizes(names(253)).reduce((sum, [count]) => sum + Number(count), 0)).toBe(1_500);
  });

  test('keeps the objects of a cluster together', () => {
    const mixed = ['b', 'a', 'b', 'a'].map((cluster, index) => ({ ...due(`n-${index}`), cluster }));

    expect(toDueChecks(mixed, 't').flatMap(({ objects }) => objects.map(({ cluster }) => cluster))).toEqual([
      'a',
      'a',
      'b',
      'b',
    ]);
  });
});

describe('sending', () => {
  const start = () => {
    const client = new SQSClient({ region: 'eu-central-1' });
    const sqs = mockClient(client);
    sqs.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] });
    const messages = createSqsMessages(client, {
      queueUrls: { reconcile: 'https://sqs.example/reconcile', push: 'https://sqs.example/push' },
      clock: { sleep: async () => undefined },
    });
    const batches = () => sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries ?? []);
    return { sqs, messages, batches };
  };
  const many = (count: number, change: Partial<ReconcileRequest> = {}): readonly ReconcileRequest[] =>
    Array.from({ length: count }, (_, index) => request({ traceId: `t-${index}`, ...change }));

  test('goes in calls of ten', async () => {
    const { messages, batches } = start();

    await messages.send(many(23));

    expect(batches().map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(
      batches()
        .flat()
        .map(({ MessageBody = '' }) => parseReconcileRequest(MessageBody).traceId),
    ).toEqual(many(23).map(({ traceId }) => traceId));
  });

  test('goes to the queue of each object’s kind', async () => {
    const { sqs, messages } = start();
    const objects = [
      { kind: 'ExternalSecret', namespace: 'team-a', name: 'db' },
      { kind: 'PushSecret', namespace: 'team-a', name: 'db' },
      { kind: 'SecretStore', namespace: 'team-a', name: 'aws' },
      { kind: 'ClusterPushSecret', namespace: '', name: 'all' },
    ] as const;

    await messages.send([request({ objects }), request({ objects: [objects[1]] })], 5);

    const sent = sqs
      .commandCalls(SendMessageBatchCommand)
      .map(({ args: [{ input }] }) => [
        input.QueueUrl,
        input.Entries?.map(({ MessageBody = '', DelaySeconds }) => [
          DelaySeconds,
          ...parseReconcileRequest(MessageBody).objects.map(({ kind }) => kind),
        ]),
      ]);
    expect(sent).toEqual([
      ['https://sqs.example/reconcile', [[5, 'ExternalSecret', 'SecretStore']]],
      [
        'https://sqs.example/push',
        [
          [5, 'PushSecret', 'ClusterPushSecret'],
          [5, 'PushSecret'],
        ],
      ],
    ]);
  });

  test('nothing to send makes no call', async () => {
    const { messages, batches } = start();

    await messages.send([]);

    expect(batches()).toEqual([]);
  });

  test('a call stays below 256 KB', async () => {
    const { messages, batches } = start();

    await messages.send(many(5, { cluster: 'c'.repeat(100_000) }));

    expect(batches().map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  test.each([
    ['none', undefined, undefined],
    ['rounded up', 1.5, 2],
    ['at most 15 minutes', 3_600, 900],
  ])('the delay is %s', async (_, delay, sent) => {
    const { messages, batches } = start();

    await messages.send([request()], delay);

    expect(batches()[0]?.[0]?.DelaySeconds).toBe(sent);
  });

  test('messages the queue did not take are sent again, and only those', async () => {
    const { sqs, messages, batches } = start();
    sqs
      .on(SendMessageBatchCommand)
      .resolvesOnce({ Successful: [], Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] })
      .resolves({ Successful: [] });

    await messages.send(many(3));

    expect(batches().map((entries) => entries.map(({ Id }) => Id))).toEqual([['0', '1', '2'], ['1']]);
  });

  test('messages that the queue goes on refusing are an error', async () => {
    const { sqs, messages, batches } = start();
    sqs
      .on(SendMessageBatchCommand)
      .resolves({ Successful: [], Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] });

    await expect(messages.send(many(2))).rejects.toMatchObject({
      name: 'MessagesNotSentError',
      message: 'the queue refused 1 of 1 messages: InternalError',
    });
    expect(batches()).toHaveLength(3);
  });

  test('a message that is at fault itself is not sent again', async () => {
    const { sqs, messages, batches } = start();
    sqs
      .on(SendMessageBatchCommand)
      .resolves({ Successful: [], Failed: [{ Id: '0', Code: 'InvalidMessageContents', SenderFault: true }] });

    await expect(messages.send(many(1))).rejects.toThrow('InvalidMessageContents');
    expect(batches()).toHaveLength(1);
  });

  test('a queue that cannot be reached is an error without the client’s words', async () => {
    const { sqs, messages } = start();
    sqs.on(SendMessageBatchCommand).rejects(new Error('canary-7f3a'));

    await expect(messages.send(many(1))).rejects.toMatchObject({
      name: 'MessagesNotSentError',
      message: 'sending 1 messages failed: Error',
    });
  });
});
