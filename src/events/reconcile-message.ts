import * as z from 'zod/mini';
import { MalformedMessageError } from './malformed-message.ts';

/** Written into each message. A reader understands its own version and the one before. */
export const SCHEMA_VERSION = 1;
const UNDERSTOOD: readonly number[] = [SCHEMA_VERSION];

const envelopeSchema = z.looseObject({ schemaVersion: z.int() });

/**
 * What every message of the reconcile queue has in common is checked, the rest is as it came.
 * @throws MalformedMessageError
 */
export const openMessage = (body: string): Readonly<Record<string, unknown>> => {
  const envelope = z.safeParse(envelopeSchema, parseJson(body));
  if (!envelope.success) throw new MalformedMessageError('reconcile message has no schemaVersion');
  const { schemaVersion } = envelope.data;
  if (UNDERSTOOD.includes(schemaVersion)) return envelope.data;
  throw new MalformedMessageError(
    `reconcile message has schemaVersion ${schemaVersion}, understood: ${UNDERSTOOD.join(', ')}`,
  );
};

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw new MalformedMessageError('reconcile message is not JSON'); // the parser's own error quotes the body
  }
};
