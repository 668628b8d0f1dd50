import type { SecretValue } from './secret-value.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Which manager holds which fields of an object, as the API server keeps it. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  /** RFC 3339 of its last write. */
  readonly time?: string;
  /** `f:data`, `f:metadata` … */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A Kubernetes Secret with its data decoded. */
export interface TargetSecret {
  readonly namespace: string;
  readonly name: string;
  /** Empty while it does not exist yet. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** Empty: the API server's default, Opaque. */
  readonly type: string;
  readonly immutable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly ownerReferences: readonly OwnerReference[];
  readonly deletionTimestamp?: string;
  readonly managedFields: readonly ManagedFields[];
  readonly data: ReadonlyMap<string, SecretValue>;
}
