import type { Messages } from '../../src/app/ports/messages.ts';
import type { DueCheck } from '../../src/domain/due-check.ts';
import type { ReconcileRequest } from '../../src/domain/message.ts';

export interface SentRequest {
  readonly request: ReconcileRequest;
  readonly delaySeconds: number;
}

export interface FakeMessages extends Messages {
  /** Everything sent and not yet taken, in order. */
  readonly sent: readonly SentRequest[];
  /** Checks sent and not yet taken. */
  readonly checks: readonly DueCheck[];
  takeChecks(): readonly DueCheck[];
  /** Empties the queue: what a consumer would get, delays aside. */
  takeAll(): readonly ReconcileRequest[];
  /** The next sends fail with this error, and queue nothing. */
  failWith(error: Error | undefined): void;
}

/** The reconcile queue as a list. */
export const createFakeMessages = (): FakeMessages => {
  const sent: SentRequest[] = [];
  const checks: DueCheck[] = [];
  let failure: Error | undefined;
  return {
    sent,
    checks,
    takeChecks: () => checks.splice(0),
    sendChecks: async (more) => {
      if (failure !== undefined) throw failure;
      checks.push(...structuredClone(more));
    },
    send: async (requests, delaySeconds = 0) => {
      if (failure !== undefined) throw failure;
      sent.push(...requests.map((request) => ({ request: structuredClone(request), delaySeconds })));
    },
    takeAll: () => sent.splice(0).map(({ request }) => request),
    failWith: (error) => {
      failure = error;
    },
  };
};
