import type { GeneratorObjectRef } from '../../domain/generator-ref.ts';
import type { MadeObject } from '../../domain/made-object.ts';
import type { ManifestRef, ManifestTarget } from '../../domain/manifest-target.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import type { Kind, ObjectRef, ServedRef, WatchedKind } from '../../domain/object-ref.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import type { ObjectStatus } from '../../domain/status.ts';
import type { TargetSecret } from '../../domain/target-secret.ts';

/** Names a Secret or a ConfigMap. */
export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** Names a ServiceAccount. */
export interface ServiceAccountRef {
  readonly namespace: string;
  readonly name: string;
}

export interface ServiceAccount {
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What the API server stamped on an object we wrote. */
export interface Written {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** The object an event is about. */
export interface EventSubject extends ObjectRef {
  readonly kind: Kind;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** A generator object: nobody watches it, so nothing but what it asks for matters. */
export interface GeneratorObject {
  readonly spec: unknown;
}

export interface AccessQuestion {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface ObjectPage {
  readonly items: readonly MirroredObject[];
  /** resourceVersion of the list, where a watch may begin. */
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly continueToken?: string;
}

/** `bookmark` says only that everything up to its resourceVersion was seen. */
export type WatchEvent =
  | { readonly type: 'changed' | 'deleted'; readonly object: MirroredObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

export interface WatchOptions {
  readonly namespace?: string;
  readonly resourceVersion: string;
}

/**
 * One cluster's API server. Every implementation passes test/contract/cluster-client.ts.
 * Absence is `undefined`. Every call has a deadline of its own beside `signal`.
 * @throws ClusterUnreachableError - no answer, timed out, 429, 5xx; retryable
 * @throws ClusterForbiddenError - 401 or 403; the message names verb, resource and namespace
 * @throws WriteConflictError - the resourceVersion written on is no longer current, or the name is taken (reason AlreadyExists in the message)
 * @throws ClusterRejectedError - the API server refused the object (400, 413, 422)
 */
export interface ClusterClient {
  readSecret(ref: SecretRef, signal?: AbortSignal): Promise<TargetSecret | undefined>;
  /** Creates with `fieldManager`. */
  createSecret(secret: TargetSecret, fieldManager: string, signal?: AbortSignal): Promise<Written>;
  /** Replaces the whole object; `secret.resourceVersion` is the precondition. */
  replaceSecret(secret: TargetSecret, fieldManager: string, signal?: AbortSignal): Promise<Written>;
  /** Deletes on condition of uid, and of resourceVersion when given. A Secret already gone, or another uid, is success. */
  deleteSecret(
    ref: SecretRef,
    precondition: { readonly uid: string; readonly resourceVersion?: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Metadata of the Secrets in a namespace that carry `labelSelector`. */
  findSecrets(namespace: string, labelSelector: string, signal?: AbortSignal): Promise<readonly MirroredObject[]>;

  /** The texts of a ConfigMap's `data`, not its `binaryData`; kept as values, since nobody knows what is in them. */
  readConfigMap(ref: SecretRef, signal?: AbortSignal): Promise<ReadonlyMap<string, SecretValue> | undefined>;

  /**
   * An object of any namespaced kind.
   * @throws ClusterRejectedError - the cluster serves no such kind, or it is in no namespace
   */
  readManifest(ref: ManifestRef, signal?: AbortSignal): Promise<ManifestTarget | undefined>;
  /** Creates, without status. */
  createManifest(object: ManifestTarget, fieldManager: string, signal?: AbortSignal): Promise<Written>;
  /** Replaces all but the status; uid and resourceVersion are the precondition. */
  replaceManifest(object: ManifestTarget, fieldManager: string, signal?: AbortSignal): Promise<Written>;
  /** Deletes on condition of uid and resourceVersion. One already gone, or another uid, is success. */
  deleteManifest(
    ref: ManifestRef,
    precondition: { readonly uid: string; readonly resourceVersion: string },
    signal?: AbortSignal,
  ): Promise<void>;

  readObject(ref: ObjectRef, signal?: AbortSignal): Promise<MirroredObject | undefined>;
  readGenerator(ref: GeneratorObjectRef, signal?: AbortSignal): Promise<GeneratorObject | undefined>;
  /** Creates, without status. */
  createObject(object: MadeObject, fieldManager: string, signal?: AbortSignal): Promise<Written>;
  /** Replaces all but the status; uid and resourceVersion are the precondition. */
  replaceObject(object: MadeObject, fieldManager: string, signal?: AbortSignal): Promise<Written>;
  /** Deletes on condition of uid and resourceVersion. One already gone, or another uid, is success. */
  deleteObject(
    ref: ServedRef,
    precondition: { readonly uid: string; readonly resourceVersion: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Replaces the status on condition of the resourceVersion. */
  replaceStatus(
    ref: ObjectRef & { readonly resourceVersion: string },
    status: ObjectStatus,
    signal?: AbortSignal,
  ): Promise<Written>;
  /** Sets the finalizers by merge patch on condition of the resourceVersion. */
  setFinalizers(
    ref: ObjectRef & { readonly resourceVersion: string },
    finalizers: readonly string[],
    signal?: AbortSignal,
  ): Promise<Written>;
  recordEvent(subject: EventSubject, event: ObjectEvent, signal?: AbortSignal): Promise<void>;

  /** One page of a consistent list (no resourceVersion asked for: the newest state). */
  listObjects(
    kind: WatchedKind,
    page: { readonly namespace?: string; readonly limit: number; readonly continueToken?: string },
    signal?: AbortSignal,
  ): Promise<ObjectPage>;
  /**
   * Events after `resourceVersion`, until the server ends the watch or `signal` aborts (both end the iteration without error).
   * @throws PositionExpiredError - 410: list again
   */
  watchObjects(kind: WatchedKind, options: WatchOptions, signal: AbortSignal): AsyncIterable<WatchEvent>;

  readServiceAccount(ref: ServiceAccountRef, signal?: AbortSignal): Promise<ServiceAccount | undefined>;
  /** A token of the account for `audiences`, for as long as the API server gives without being asked: an hour, mostly. */
  requestToken(ref: ServiceAccountRef, audiences: readonly string[], signal?: AbortSignal): Promise<SecretValue>;

  /** uid of the namespace kube-system: the cluster's own identity. */
  kubeSystemUid(signal?: AbortSignal): Promise<string>;
  mayI(question: AccessQuestion, signal?: AbortSignal): Promise<boolean>;
}

/** Opens the client of a registered cluster; clients and their connections are kept for the container's life. */
export type ClusterClients = (cluster: string, signal?: AbortSignal) => Promise<ClusterClient>;
