import { sqsHandler } from '../src/adapters/lambda/sqs-handler.ts';
import { composePush } from '../src/compose/push.ts';
import { loadConfig } from '../src/config.ts';
import { parseReconcileRequest } from '../src/events/reconcile-request.ts';

const { push, log, metrics } = composePush(loadConfig(process.env));

/** Push queue: a message names PushSecrets -> what they say is at the provider. */
export const handler = sqsHandler({ log, metrics }, ({ body, again }, signal) =>
  push({ ...parseReconcileRequest(body), ...(again && { redelivered: true }) }, signal),
);
