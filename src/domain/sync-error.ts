/**
 * Everything that may go wrong on purpose. Two questions decide what a failure is: would the same request succeed later
 * by itself (`retryable`), and what should the operator read (`reason`, `message`)?
 *
 * Messages name identifiers only, never a secret's value; so they are the one thing {@link describeError} lets out.
 */
export abstract class SyncError extends Error {
  /** Stable CamelCase word: the condition's `reason` and the metric's dimension. */
  abstract readonly reason: string;
  /** True when the same request may succeed later although nobody changed anything. */
  abstract readonly retryable: boolean;
}

/** Another failure, said in the place where it happened: what may be retried, and the reason, are the cause's. */
export abstract class CausedError extends SyncError {
  readonly reason: string;
  readonly retryable: boolean;

  constructor(message: string, cause: SyncError) {
    super(message, { cause });
    this.reason = cause.reason;
    this.retryable = cause.retryable;
  }
}

/** The provider throttled, timed out or answered 5xx. */
export class StoreUnavailableError extends SyncError {
  override readonly name = 'StoreUnavailableError'; // a literal: minifying renames classes
  readonly reason = 'StoreUnavailable';
  readonly retryable = true;
}

/** The provider refused the identity: missing permission, unusable role or credentials. */
export class StoreAccessDeniedError extends SyncError {
  override readonly name = 'StoreAccessDeniedError';
  readonly reason = 'StoreAccessDenied';
  readonly retryable = false;
}

/** The store the object names is missing or not `Ready`; it may become so. */
export class StoreNotReadyError extends SyncError {
  override readonly name = 'StoreNotReadyError';
  readonly reason = 'StoreNotReady';
  readonly retryable = true;
}

/** A value was read but cannot be used as the spec asks: not JSON, property missing, undecodable, bad key. */
export class InvalidSecretValueError extends SyncError {
  override readonly name = 'InvalidSecretValueError';
  readonly reason = 'InvalidSecretValue';
  readonly retryable = false;
}

/** The object itself asks for something impossible; only editing it helps. */
export class InvalidSpecError extends SyncError {
  override readonly name = 'InvalidSpecError';
  readonly reason = 'InvalidSpec';
  readonly retryable = false;
}

/** The object asks for something valid that this service does not do: `<what> is not supported yet`. */
export class UnsupportedError extends SyncError {
  override readonly name = 'UnsupportedError';
  readonly reason = 'Unsupported';
  readonly retryable = false;

  /** @param what - the subject of the sentence, as the operator wrote it: a field, a kind, a path */
  constructor(what: string) {
    super(`${what} is not supported yet`);
  }
}

/** The provider confirmed that there is no such secret, version or stage. `deletionPolicy` decides what follows. */
export class SecretNotFoundError extends SyncError {
  override readonly name = 'SecretNotFoundError';
  readonly reason = 'SecretNotFound';
  readonly retryable = false;

  constructor() {
    super('Secret does not exist');
  }
}

/** A read still gave an older version than the one announced; it is read again before anything is written. */
export class StaleReadError extends SyncError {
  override readonly name = 'StaleReadError';
  readonly reason = 'StaleRead';
  readonly retryable = true;
}

/** The account's request quota has no place soon: nothing is wrong, and it is tried later. */
export class QuotaSpentError extends SyncError {
  override readonly name = 'QuotaSpentError';
  readonly reason = 'QuotaSpent';
  readonly retryable = true;
}

/** No answer from the cluster's API server, or a 5xx or 429. */
export class ClusterUnreachableError extends SyncError {
  override readonly name = 'ClusterUnreachableError';
  readonly reason = 'ClusterUnreachable';
  readonly retryable = true;
  /** Epoch milliseconds since when the cluster counts as down. Absent: it does not, or nobody here knows. */
  readonly downSince?: number;

  constructor(message: string, options: { readonly downSince?: number } = {}) {
    super(message);
    if (options.downSince !== undefined) this.downSince = options.downSince;
  }
}

/** Not a word from the API server, or a gateway's in its place: it counts as down until it answers again. */
export class ClusterSilentError extends ClusterUnreachableError {}

/** The API server answered 401 or 403. */
export class ClusterForbiddenError extends SyncError {
  override readonly name = 'ClusterForbiddenError';
  readonly reason = 'ClusterForbidden';
  readonly retryable = false;
}

/** The API server refused the object (invalid, immutable, denied by admission); the message is its own. */
export class ClusterRejectedError extends SyncError {
  override readonly name = 'ClusterRejectedError';
  readonly reason = 'ClusterRejected';
  readonly retryable = false;
}

/** Somebody else wrote the object since it was read (409): everything is read anew. */
export class WriteConflictError extends SyncError {
  override readonly name = 'WriteConflictError';
  readonly reason = 'WriteConflict';
  readonly retryable = true;
}

/** The table of the service's own state throttled, timed out or answered 5xx. */
export class TableUnavailableError extends SyncError {
  override readonly name = 'TableUnavailableError';
  readonly reason = 'TableUnavailable';
  readonly retryable = true;
}

/** The function's own role lacks a permission on the state table: a bad deploy, which no repeat mends. */
export class TableForbiddenError extends SyncError {
  override readonly name = 'TableForbiddenError';
  readonly reason = 'TableForbidden';
  readonly retryable = false;
}

/** An item of the service's own state is not as this version writes it; somebody must look. */
export class MalformedItemError extends SyncError {
  override readonly name = 'MalformedItemError';
  readonly reason = 'MalformedItem';
  readonly retryable = false;
}

/** An error and what led to it, the outermost first. */
export const causesOf = (error: unknown): readonly Error[] =>
  error instanceof Error ? [error, ...causesOf(error.cause)] : [];

/** What a log line may say about a failure. */
export interface ErrorDescription {
  readonly name: string;
  readonly reason?: string;
  readonly message?: string;
}

/**
 * The loggable part of anything thrown. The message is given for {@link SyncError}s only: clients' errors carry response
 * bodies and headers, `JSON.parse` quotes its input, and both may hold a value.
 */
export const describeError = (error: unknown): ErrorDescription => {
  if (error instanceof SyncError) {
    return { name: error.name, reason: error.reason, message: error.message };
  }
  return { name: error instanceof Error ? error.name : typeof error };
};
