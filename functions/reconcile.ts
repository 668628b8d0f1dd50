import { sqsHandler } from '../src/adapters/lambda/sqs-handler.ts';
import { composeReconcile } from '../src/compose/reconcile.ts';
import { loadConfig } from '../src/config.ts';
import { parseReconcileRequest } from '../src/events/reconcile-request.ts';

const { reconcile, log, metrics } = composeReconcile(loadConfig(process.env));

/** Reconcile queue: a message names objects of one cluster -> they are as their specs ask. */
export const handler = sqsHandler({ log, metrics }, ({ body, again }, signal) =>
  reconcile({ ...parseReconcileRequest(body), ...(again && { redelivered: true }) }, signal),
);
