import { describeError } from '../domain/sync-error.ts';

/** A message nobody can act on: it goes back to the queue and ends in its dead-letter queue. Never quotes the body. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/** What a log line may say of a message that failed: our own errors in full, of others only what they are called. */
export const describeFailure = (error: unknown): Readonly<Record<string, string>> => {
  if (error instanceof MalformedMessageError) return { errorName: error.name, error: error.message };
  const { name, reason, message } = describeError(error);
  return {
    errorName: name,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { error: message }),
  };
};

/** Where an object differs from its schema, as paths. The schemas here have no free keys, so nothing of a body is in them. */
export const fieldsOf = ({
  issues,
}: {
  readonly issues: readonly { readonly path: readonly PropertyKey[] }[];
}): string => issues.map(({ path }) => path.map(String).join('.') || 'the whole').join(', ');
