import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ReconcileRequest } from '../../src/domain/message.ts';
import { toReconcileBody } from '../../src/events/reconcile-request.ts';
import { setEnvironment } from '../support/environment.ts';
import { batchOf, captureOutput, failuresOf, invocation, type Output } from '../support/invocation.ts';
import { startStateServer } from '../support/state-server.ts';

const CANARY = 'canary-7f3a';

const server = await startStateServer();
setEnvironment(server.url);
const { handler } = await import('../../functions/push.ts');

const ref = { kind: 'PushSecret', namespace: 'team-a', name: 'db' } as const;
const body = (overrides: Partial<ReconcileRequest> = {}): string =>
  toReconcileBody({ cluster: 'one', cause: { type: 'person' }, traceId: 't-1', objects: [ref], ...overrides });

let output: Output;

beforeEach(() => {
  output = captureOutput();
});

afterEach(() => {
  jest.restoreAllMocks();
  server.reset();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('a message', () => {
  test('for a cluster that is no longer registered is dropped', async () => {
    expect(await handler(batchOf(body({ cluster: 'gone' })), invocation())).toEqual(failuresOf());
    expect(output.logs()).toEqual([
      expect.objectContaining({ message: 'request dropped', cluster: 'gone', mode: 'unregistered' }),
    ]);
  });

  test('that is malformed goes back alone, and nothing of it is logged', async () => {
    const answer = await handler(batchOf(CANARY, body({ cluster: 'gone' })), invocation());

    expect(answer).toEqual(failuresOf('m-0'));
    expect(output.text()).not.toContain(CANARY);
  });
});
