import type { ServedRef } from './object-ref.ts';
import type { OwnerReference } from './target-secret.ts';

/** An object of the External Secrets API that the service itself makes. It has no status yet, or keeps the one it has. */
export interface MadeObject {
  readonly ref: ServedRef;
  /** Empty while it does not exist yet. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly ownerReferences: readonly OwnerReference[];
  readonly spec: unknown;
}
