import * as z from 'zod/mini';
import { MAX_OBJECTS_PER_MESSAGE, type ReconcileRequest } from '../domain/message.ts';
import { KINDS } from '../domain/object-ref.ts';
import { fieldsOf, MalformedMessageError } from './malformed-message.ts';
import { openMessage, SCHEMA_VERSION } from './reconcile-message.ts';

const causeSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('event'),
    eventId: z.string(),
    versionId: z.exactOptional(z.string()),
    at: z.exactOptional(z.number()),
  }),
  z.object({ type: z.literal('due') }),
  z.object({ type: z.literal('moved') }),
  z.object({ type: z.literal('feed') }),
  z.object({ type: z.literal('store') }),
  z.object({ type: z.literal('person') }),
]);

const objectSchema = z.object({
  kind: z.enum(KINDS),
  namespace: z.string(),
  name: z.string().check(z.minLength(1)),
  uid: z.exactOptional(z.string()),
  dueAt: z.exactOptional(z.number()),
  targetResourceVersion: z.exactOptional(z.string()),
  gone: z.exactOptional(z.literal(true)),
});

const requestSchema = z.object({
  cluster: z.string().check(z.minLength(1)),
  cause: causeSchema,
  traceId: z.string(),
  objects: z.array(objectSchema).check(z.minLength(1), z.maxLength(MAX_OBJECTS_PER_MESSAGE)),
  attempt: z.exactOptional(z.int()),
  redelivered: z.exactOptional(z.literal(true)),
});

/**
 * Reads a message of the reconcile queue.
 * @throws MalformedMessageError
 */
export const parseReconcileRequest = (body: string): ReconcileRequest => {
  const request = z.safeParse(requestSchema, openMessage(body));
  if (request.success) return request.data;
  throw new MalformedMessageError(`reconcile message is invalid at ${fieldsOf(request.error)}`);
};

/** The body of a message that {@link parseReconcileRequest} reads back. */
export const toReconcileBody = (request: ReconcileRequest): string =>
  JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...request });
