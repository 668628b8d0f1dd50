import type { JsonObject } from './manifest-path.ts';
import { SecretValue } from './secret-value.ts';
import type { ManagedFields, OwnerReference } from './target-secret.ts';

/** Names an object of any namespaced kind. */
export interface ManifestRef {
  /** `v1` or `group/version` */
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A target that is no Secret. */
export interface ManifestTarget {
  readonly ref: ManifestRef;
  /** Empty while it does not exist yet. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly ownerReferences: readonly OwnerReference[];
  readonly managedFields: readonly ManagedFields[];
  /** Every other member but the status, as one JSON object: it may hold values. */
  readonly content: SecretValue;
}

export const toContent = (members: JsonObject): SecretValue => SecretValue.fromText(JSON.stringify(members));

export const contentOf = ({ content }: Pick<ManifestTarget, 'content'>): JsonObject => JSON.parse(content.revealText());
