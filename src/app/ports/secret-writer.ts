import type { IdentityPlan } from '../../domain/identity-plan.ts';
import type { PushContent } from '../../domain/push/push-content.ts';
import type { SecretDeletion } from '../../domain/push/secret-deletion.ts';
import type { StoreLocation } from '../../domain/remote-key.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import type { SecretRef } from './cluster-client.ts';
import type { BaseCredentials } from './secret-reader.ts';

/** Reads what metadata refers to, in the namespace of the PushSecret. Absence is `undefined`. */
export interface PolicySources {
  readConfigMap(name: string, signal?: AbortSignal): Promise<ReadonlyMap<string, SecretValue> | undefined>;
  readSecret(name: string, signal?: AbortSignal): Promise<ReadonlyMap<string, SecretValue> | undefined>;
}

/** One property of a secret, or all of it. */
export interface WritePart {
  /** Empty: the content is all there is. */
  readonly property: string;
  readonly content: PushContent;
}

/** What both kinds of change have in common. */
interface RemoteChange {
  /** With the store's prefix. */
  readonly key: string;
  /** Who writes, as somebody who waits for the key reads it: `PushSecret default/app of cluster alpha`. */
  readonly by: string;
  /** Asked once, before the first version is made; what it throws ends the change with no version made. */
  readonly beforeVersion?: () => Promise<void>;
}

/** What to write. */
export interface RemoteWrite extends RemoteChange, WritePart {
  /** More of the same key and metadata, written after it: all of them make one version. */
  readonly also?: readonly WritePart[];
  /** `metadata` of the entry as written; undefined: none. */
  readonly metadata: unknown;
  readonly sources: PolicySources;
  /** The Secret that the content comes from, as errors name it. Its namespace is the PushSecret's. */
  readonly source: SecretRef;
}

export interface Written {
  /** False: the provider held the same content already. */
  readonly wrote: boolean;
  /** The version that holds the content now, where the provider tells it. */
  readonly version?: string;
}

export interface RemoteRemoval extends RemoteChange {
  readonly property: string;
  /** Another entry of ours still writes to this key. */
  readonly shared: boolean;
}

/**
 * Writes one store's secrets under one identity. Writes of one key follow each other, however many containers write it,
 * so that none loses another's property. Every implementation passes test/contract/secret-writer.ts.
 *
 * All methods throw StoreAccessDeniedError (the identity may not), StoreRejectedError (refused to anybody: marked for
 * deletion, invalid, not managed by us), and what may be tried again: StoreUnavailableError, KeyBusyError (somebody else
 * writes the key for too long), QuotaSpentError. Messages are in the reference's words.
 */
export interface SecretWriter {
  readonly location: StoreLocation;
  /** As a reader's: equal for those that see the same. */
  readonly identity: string;
  /**
   * Makes the key hold the content, and its tags, policy and replicas what metadata says. What is equal is not written.
   * @throws WriteBudgetError - the key had too many versions lately; nothing was written
   * @throws InvalidSpecError - metadata, or an entry that the service cannot hold
   * @throws InvalidSecretValueError - a property is to go into what is no JSON; no certificate in what shall be one
   * @throws EngineError - the property is no path
   */
  write(write: RemoteWrite, signal?: AbortSignal): Promise<Written>;
  /** Whether there is a secret by this key, whoever manages it and whatever properties it has. */
  exists(key: string, signal?: AbortSignal): Promise<boolean>;
  /**
   * Takes away what was pushed: one property of a Secrets Manager secret as long as others remain, else the whole. What is
   * shared keeps all but the property; what is gone already, or not managed by us, is success.
   */
  remove(removal: RemoteRemoval, signal?: AbortSignal): Promise<void>;
}

/** What a store says about writing. */
export interface WriterSettings {
  /** How deleted secrets go. @default after AWS's own 30 days */
  readonly secretsManager?: SecretDeletion | undefined;
}

/** Turns an identity into writers; sessions are those of readers. */
export interface SecretWriters {
  /**
   * @param access - `credentials`: what `plan.base` asks for; undefined when that is the default role
   * @throws StoreAccessDeniedError - STS refused a hop
   * @throws StoreUnavailableError
   * @throws SyncError - as the service account's token was refused
   */
  open(
    plan: IdentityPlan,
    access: { readonly credentials: BaseCredentials | undefined; readonly settings: WriterSettings },
    signal?: AbortSignal,
  ): Promise<SecretWriter>;
}
