import { sqsHandler } from '../src/adapters/lambda/sqs-handler.ts';
import { composeReconcile } from '../src/compose/reconcile.ts';
import { loadConfig } from '../src/config.ts';
import { parseDueCheck } from '../src/events/due-check.ts';
import { parseReconcileRequest } from '../src/events/reconcile-request.ts';

const { reconcile, checkDue, log, metrics } = composeReconcile(loadConfig(process.env));

/** Reconcile queue: a message names objects -> they are as their specs ask, or, of many due ones, are proven to be. */
export const handler = sqsHandler({ log, metrics }, ({ body, again }, signal) => {
  const check = parseDueCheck(body);
  if (check !== undefined) return checkDue(check, signal);
  return reconcile({ ...parseReconcileRequest(body), ...(again && { redelivered: true }) }, signal);
});
