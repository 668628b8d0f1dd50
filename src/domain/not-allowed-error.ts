import { SyncError } from './sync-error.ts';

/** What a registration bounds; the reason of a refusal, and of its metric. */
export type RefusalReason =
  | 'RoleNotAllowed'
  | 'TagNotAllowed'
  | 'ServiceNotAllowed'
  | 'KeyNotAllowed'
  | 'NamespaceNotAllowed'
  | 'NoDefaultRole'
  | 'NoPushRole';

/** The cluster's registration does not allow what a store or object asks for; the message says what it allows. */
export class NotAllowedError extends SyncError {
  override readonly name = 'NotAllowedError';
  readonly retryable = false;
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
