import type { Contest } from './contest.ts';
import type { PushedState } from './push/pushed.ts';
import type { ObjectStatus } from './status.ts';

/** The target as we last saw or wrote it. */
export interface TargetState {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Somebody else wrote it since we last compared it with the provider, although it looks as we leave it. */
  readonly touched?: true;
}

/** One provider read that the target's content came from. */
export interface ReadVersion {
  /** The store's reading place and the key as asked for: `account#region#service#key#version`. */
  readonly id: string;
  /** Version id (Secrets Manager) or version number (Parameter Store). Empty: there was no such key. */
  readonly version: string;
  /** Epoch milliseconds at which the provider made that version; of an absent key, at which it was found absent. */
  readonly createdAt?: number;
}

export interface ProvisioningState {
  /** Of the object, when its namespaces were last brought in line with it. */
  readonly generation: number;
  /** Fights over its ExternalSecrets, by namespace. */
  readonly contests: Readonly<Record<string, Contest>>;
}

/** What the service remembers about its own work on one object. Holds no value, and no hash of a value alone. */
export interface SyncState {
  /** Grows by one with each write; a write names the revision it was decided on. 0: there is none yet. */
  readonly revision: number;
  readonly uid: string;
  readonly status: ObjectStatus;
  /** resourceVersion the object had after our last write to it. */
  readonly objectResourceVersion?: string;
  readonly target?: TargetState;
  readonly versions: readonly ReadVersion[];
  /** Remote keys this object is recorded under as a dependant. */
  readonly dependsOn: readonly string[];
  /** Stores this object is recorded under as a user, as `Kind/namespace/name`. */
  readonly stores: readonly string[];
  /** Searches this object is recorded under as a finder, as `formatPlaced` writes them. @default none */
  readonly finds?: readonly string[];
  /** Epoch milliseconds of the last pass that proved the target current. Counts as refresh. */
  readonly verifiedAt?: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Epoch milliseconds at which to look again. Always set: nothing stops silently. */
  readonly dueAt: number;
  /** Absent: nobody has changed the target back for a while. */
  readonly contest?: Contest;
  /** Of a ClusterExternalSecret. Absent: it was not carried out yet. */
  readonly provisioning?: ProvisioningState;
  /** Of a PushSecret. Absent: it pushed nothing that may still be there. */
  readonly pushed?: PushedState;
  /** What the last Warning event said, without request ids, and when: the same text is not repeated for a while. */
  readonly lastWarning?: { readonly text: string; readonly at: number };
}
