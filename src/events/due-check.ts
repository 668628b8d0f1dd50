import * as z from 'zod/mini';
import { type DueCheck, MAX_OBJECTS_PER_CHECK } from '../domain/due-check.ts';
import { fieldsOf, MalformedMessageError } from './malformed-message.ts';
import { openMessage, SCHEMA_VERSION } from './reconcile-message.ts';

const checkSchema = z.object({
  traceId: z.string(),
  due: z
    .array(
      z.object({
        cluster: z.string().check(z.minLength(1)),
        kind: z.literal('ExternalSecret'),
        namespace: z.string(),
        name: z.string().check(z.minLength(1)),
        dueAt: z.number(),
        delaySeconds: z.number(),
      }),
    )
    .check(z.minLength(1), z.maxLength(MAX_OBJECTS_PER_CHECK)),
});

/**
 * Reads a message of the reconcile queue that asks for a check; undefined: it asks for something else.
 * @throws MalformedMessageError
 */
export const parseDueCheck = (body: string): DueCheck | undefined => {
  const message = openMessage(body);
  if (!('due' in message)) return undefined;
  const check = z.safeParse(checkSchema, message);
  if (!check.success) throw new MalformedMessageError(`reconcile message is invalid at ${fieldsOf(check.error)}`);
  const { traceId, due: objects } = check.data;
  return { traceId, objects };
};

/** The body of a message that {@link parseDueCheck} reads back. */
export const toDueCheckBody = ({ traceId, objects }: DueCheck): string =>
  JSON.stringify({ schemaVersion: SCHEMA_VERSION, traceId, due: objects });
