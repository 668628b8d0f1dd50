import { describe, expect, test } from '@jest/globals';
import { sqsHandler } from '../../../../src/adapters/lambda/sqs-handler.ts';
import { StoreUnavailableError } from '../../../../src/domain/sync-error.ts';
import { createFakeLog } from '../../../support/fake-log.ts';
import { batchOf, failuresOf, invocation } from '../../../support/invocation.ts';

const CANARY = 'canary-7f3a';

const edge = () => {
  const log = createFakeLog();
  const published: number[] = [];
  return { log, published, metrics: { publish: () => void published.push(published.length + 1) } };
};

describe('a batch', () => {
  test('gives back the messages that failed, in their order, and no others', async () => {
    const { log, metrics } = edge();
    const handler = sqsHandler({ log, metrics }, async ({ body }) => {
      if (body.startsWith('bad')) throw new Error(CANARY);
    });

    expect(await handler(batchOf('bad-1', 'good', 'bad-2'), invocation())).toEqual(failuresOf('m-0', 'm-2'));
  });

  test('says of each message whether it was delivered before', async () => {
    const { log, metrics } = edge();
    const seen: boolean[] = [];
    const handler = sqsHandler({ log, metrics }, async ({ again }) => void seen.push(again));
    const { Records } = batchOf('first', 'second');
    const delivered = Records.map((record, index) => ({
      ...record,
      attributes: { ...record.attributes, ApproximateReceiveCount: String(index + 1) },
    }));

    await handler({ Records: delivered }, invocation());

    expect(seen).toEqual([false, true]);
  });

  test('outlives a handler that throws at once instead of rejecting', async () => {
    const { log, metrics } = edge();
    const handler = sqsHandler({ log, metrics }, () => {
      throw new TypeError(CANARY);
    });

    expect(await handler(batchOf('x'), invocation())).toEqual(failuresOf('m-0'));
  });

  test('is published once, also when all of it failed', async () => {
    const { log, metrics, published } = edge();
    const handler = sqsHandler({ log, metrics }, () => Promise.reject(new Error(CANARY)));

    await handler(batchOf('x', 'y'), invocation());

    expect(published).toEqual([1]);
  });

  test('logs our own errors in full, and of others only the name', async () => {
    const { log, metrics } = edge();
    const errors = [new StoreUnavailableError('reading prod/db failed'), new RangeError(CANARY), CANARY];
    const handler = sqsHandler({ log, metrics }, ({ body }) => Promise.reject(errors[Number(body)]));

    await handler(batchOf('0', '1', '2'), invocation());

    expect(log.lines.map(({ keys }) => keys)).toEqual([
      {
        messageId: 'm-0',
        errorName: 'StoreUnavailableError',
        reason: 'StoreUnavailable',
        error: 'reading prod/db failed',
      },
      { messageId: 'm-1', errorName: 'RangeError' },
      { messageId: 'm-2', errorName: 'string' },
    ]);
    expect(log.text()).not.toContain(CANARY);
  });
});

describe('when time runs out', () => {
  const never = new Promise<void>(() => undefined);

  test('work is told to stop, and what is not done goes back without the rest', async () => {
    const { log, metrics, published } = edge();
    const seen: boolean[] = [];
    const handler = sqsHandler({ log, metrics }, async ({ body }, signal) => {
      signal.addEventListener('abort', () => seen.push(signal.aborted));
      if (body === 'slow') await never;
    });

    const answer = await handler(batchOf('quick', 'slow', 'quick', 'slow'), invocation(700));

    expect(answer).toEqual(failuresOf('m-1', 'm-3'));
    expect(seen).toContain(true);
    expect(published).toEqual([1]);
    expect(log.lines.map(({ message, keys }) => [message, keys['messageId']])).toEqual([
      ['message unfinished', 'm-1'],
      ['message unfinished', 'm-3'],
    ]);
  });

  test('what fails on that account goes back too', async () => {
    const { log, metrics } = edge();
    const handler = sqsHandler(
      { log, metrics },
      (_, signal) =>
        new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );

    expect(await handler(batchOf('x'), invocation(600))).toEqual(failuresOf('m-0'));
  });

  test('before anything began, all goes back', async () => {
    const { log, metrics } = edge();
    const handler = sqsHandler({ log, metrics }, () => never);

    expect(await handler(batchOf('x', 'y'), invocation(0))).toEqual(failuresOf('m-0', 'm-1'));
  });
});
