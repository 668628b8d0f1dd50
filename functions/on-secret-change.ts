import { sqsHandler } from '../src/adapters/lambda/sqs-handler.ts';
import { composeOnSecretChange } from '../src/compose/on-secret-change.ts';
import { loadConfig } from '../src/config.ts';
import { parseSecretChange } from '../src/events/secret-change.ts';

const { findAffected, log, metrics } = composeOnSecretChange(loadConfig(process.env));

/** secret-changes queue: an EventBridge event a message -> messages for the objects that read the secret. */
export const handler = sqsHandler({ log, metrics }, async ({ body }, signal) => {
  const change = parseSecretChange(body);
  if ('ignored' in change) log.info('event ignored', { why: change.ignored });
  else await findAffected(change, signal);
});
