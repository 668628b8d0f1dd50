import type { DueCheck } from '../../domain/due-check.ts';
import type { ReconcileRequest } from '../../domain/message.ts';

/** The reconcile queue. A resolved promise means that the queue has them; every one or an error. */
export interface Messages {
  send(requests: readonly ReconcileRequest[], delaySeconds?: number): Promise<void>;
  sendChecks(checks: readonly DueCheck[]): Promise<void>;
}
