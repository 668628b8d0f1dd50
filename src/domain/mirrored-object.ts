import type { ObjectRef } from './object-ref.ts';
import type { ManagedFields, OwnerReference } from './target-secret.ts';

/** What the service remembers of an object in a cluster. Of a Secret only metadata; never a value. */
export interface MirroredObject {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  /** Absent: none. */
  readonly ownerReferences?: readonly OwnerReference[];
  /** Only on an ExternalSecret that was read by name: it is not remembered. */
  readonly managedFields?: readonly ManagedFields[];
  readonly deletionTimestamp?: string;
  /** As the API server holds it. Absent where it is too large for the table: read the object then. */
  readonly spec?: unknown;
  /** As last seen; the state's status is newer when there is one. */
  readonly status?: unknown;
  /** Epoch milliseconds at which the feed delivered it. Absent on an object read directly. */
  readonly seenAt?: number;
}

/** API servers count resourceVersions upwards; as text "9" would sort behind "10". */
export const isNewerVersion = (a: string, b: string): boolean => BigInt(a) > BigInt(b);

export const newestVersion = (a: string, b: string | undefined): string =>
  b !== undefined && isNewerVersion(b, a) ? b : a;
