import * as z from 'zod/mini';
import type { SecretValue } from '../../domain/secret-value.ts';
import { StoreRejectedError } from '../../domain/store-error.ts';
import {
  SecretNotFoundError,
  StoreAccessDeniedError,
  StoreUnavailableError,
  SyncError,
  WriteConflictError,
} from '../../domain/sync-error.ts';

/** One API operation, as error texts name it. */
export interface AwsOperation {
  /** The service's id. */
  readonly service: 'Secrets Manager' | 'SSM' | 'ACM' | 'STS' | 'ECR' | 'ECR PUBLIC' | 'Resource Groups Tagging API';
  readonly name: string;
  /** Exceptions the API declares for it: texts show them bare, all others as `api error …`. */
  readonly exceptions: readonly string[];
  /** Exceptions that prove there is no such secret. */
  readonly notFound?: readonly string[];
  /** Exceptions that prove that somebody else was quicker. */
  readonly conflict?: readonly string[];
  /** Put before the whole text. */
  readonly prefix?: string;
  /** Values in the request: AWS may quote what it refuses. */
  readonly hides?: readonly SecretValue[];
}

/** How the call ended, for what the error itself does not know. */
export interface CallEnd {
  /** Attempts a call may have; infinite: no cap. */
  readonly maxAttempts: number;
  /** Set when somebody stopped waiting. */
  readonly stopped?: 'deadline exceeded' | 'canceled';
}

/** What a service answered. Anything else is about the way there, and its text may quote a response body. */
const answerSchema = z.object({
  name: z.string(),
  message: z.string(),
  $fault: z.enum(['client', 'server']),
  $metadata: z.object({ httpStatusCode: z.optional(z.number()), requestId: z.optional(z.string()) }),
  /** STS sends a code that is not always the name of its exception: `InvalidIdentityToken`. */
  Code: z.optional(z.string()),
});
type Answer = z.infer<typeof answerSchema>;

const attemptsSchema = z.object({ $metadata: z.object({ attempts: z.number() }) });
const codeSchema = z.object({ code: z.string() });

const THROTTLED =
  /^(?:Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|PriorRequestNotComplete|ProvisionedThroughputExceeded|RequestTimeout)/;
const DENIED =
  /^(?:AccessDenied|UnrecognizedClient|ExpiredToken|InvalidClientTokenId|InvalidToken|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|OptInRequired|NotAuthorized|RegionDisabled)/;

/**
 * Says in our errors, and in the words operators know from the reference, why a call failed:
 * `operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: …, api error …`.
 */
export const toSyncError = (operation: AwsOperation, error: unknown, end: CallEnd): SyncError => {
  const before = `${operation.prefix ?? ''}operation error ${operation.service}: ${operation.name}`;
  if (end.stopped !== undefined) return new StoreUnavailableError(`${before}, canceled, context ${end.stopped}`);
  if (error instanceof SyncError) return inCredentials(before, error);
  const answer = z.safeParse(answerSchema, error);
  return answer.success
    ? answered(before, answer.data, { operation, attempts: exhausted(error, end) })
    : unanswered(before, error, exhausted(error, end));
};

/** Removes what differs from call to call, and what shows a key id. */
export const sanitise = (text: string): string => text.replace(/request id: \S+/g, '').replace(/ Credential=.+/g, '');

/** How AWS quotes what breaks a rule of its own. */
const QUOTED = /Value '[\s\S]*' at '/g;
/** Shorter texts are in any sentence, and to take them out would show them. */
const MIN_HIDDEN_LENGTH = 4;

const withoutValues = (message: string, values: readonly SecretValue[]): string => {
  if (values.length === 0) return message;
  return values
    .flatMap((value) => [value.revealText(), Buffer.from(value.reveal()).toString('base64')])
    .filter(({ length }) => length >= MIN_HIDDEN_LENGTH)
    .reduce((text, hidden) => text.replaceAll(hidden, () => '[redacted]'), message.replace(QUOTED, "Value at '"));
};

const answered = (
  before: string,
  answer: Answer,
  { operation, attempts }: { readonly operation: AwsOperation; readonly attempts: string },
): SyncError => {
  const { name, $metadata } = answer;
  if (operation.notFound?.includes(name)) return new SecretNotFoundError();
  const code = answer.Code ?? name;
  const message = withoutValues(answer.message, operation.hides ?? []);
  const leaf = `${operation.exceptions.includes(code) ? '' : 'api error '}${code}: ${message}`;
  const where = `https response error StatusCode: ${$metadata.httpStatusCode ?? 0}, RequestID: ${$metadata.requestId ?? ''}`;
  const retryable = isRetryable(answer);
  const text = sanitise(`${before}${retryable ? attempts : ''}, ${where}, ${leaf}`);
  if (retryable) return new StoreUnavailableError(text);
  if (operation.conflict?.includes(name)) return new WriteConflictError(text);
  return isDenied(answer)
    ? new StoreAccessDeniedError(text)
    : new StoreRejectedError(text, { pendingDeletion: isPendingDeletion(answer) });
};

/** No answer, or one that could not be read: only the error's code or name is let out. */
const unanswered = (before: string, error: unknown, attempts: string): SyncError => {
  const name = error instanceof Error ? error.name : typeof error;
  if (name === 'CredentialsProviderError')
    return new StoreAccessDeniedError(`${before}, get identity: get credentials: no credentials found`);
  const code = z.safeParse(codeSchema, error);
  const what = code.success && code.data.code !== '' ? code.data.code : name;
  return new StoreUnavailableError(
    `${before}${attempts}, https response error StatusCode: 0, RequestID: , request send failed, ${what}`,
  );
};

/** The session had to be renewed for this call, and could not be. */
const inCredentials = (before: string, { message, retryable }: SyncError): SyncError => {
  const text = `${before}, get identity: get credentials: ${message}`;
  return retryable ? new StoreUnavailableError(text) : new StoreAccessDeniedError(text);
};

const isRetryable = ({ name, $fault, $metadata: { httpStatusCode = 0 } }: Answer): boolean =>
  THROTTLED.test(name) || httpStatusCode === 429 || httpStatusCode >= 500 || $fault === 'server';

const isDenied = ({ name, $metadata }: Answer): boolean => DENIED.test(name) || $metadata.httpStatusCode === 403;

/** AWS has no exception of its own for it. */
const isPendingDeletion = ({ message }: Answer): boolean => message.includes('marked for deletion');

const exhausted = (error: unknown, { maxAttempts }: CallEnd): string => {
  const counted = z.safeParse(attemptsSchema, error);
  return counted.success && counted.data.$metadata.attempts >= maxAttempts
    ? `, exceeded maximum number of attempts, ${maxAttempts}`
    : '';
};
