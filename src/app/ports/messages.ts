import type { DueCheck } from '../../domain/due-check.ts';
import type { ReconcileRequest } from '../../domain/message.ts';

/** The work queues. A resolved promise means that each object's request is in the queue of its kind; every one or an error. */
export interface Messages {
  send(requests: readonly ReconcileRequest[], delaySeconds?: number): Promise<void>;
  sendChecks(checks: readonly DueCheck[]): Promise<void>;
}
