import type { ListingChange } from './listing-change.ts';
import type { RemoteKey } from './remote-key.ts';

/** A secret or parameter changed somewhere: what it is now is read when it is synced. */
export interface SecretChange {
  /** Unique per event; a repeat carries the same. */
  readonly eventId: string;
  /** Epoch milliseconds, whole seconds in practice. */
  readonly at: number;
  /** Every key the event may be about. */
  readonly keys: readonly RemoteKey[];
  /**
   * What readers of the current version will see, when the event says so: a version id (Secrets Manager), or empty
   * where there is a new current version without a name (Parameter Store). Absent: nothing is announced.
   */
  readonly currentVersion?: string;
  /**
   * A version the event speaks of without saying that it is current, or that there is one: nobody waits for it, but who has
   * it already need not look.
   */
  readonly mentions?: string;
  /** The secret came, went or changed its tags: searches may find it now, or no more. */
  readonly listing?: ListingChange;
}
