/** One remote key, or property of one, that a PushSecret wrote, is writing, or found written under IfNotExists. */
export interface PushedEntry {
  /** `Kind/name` of the store, as the status names it. */
  readonly store: string;
  /** As the entry names it, without the store's prefix. */
  readonly remoteKey: string;
  /** Empty: none. */
  readonly property: string;
  /** Where it is, prefix included, as `formatRemoteKey` writes it. */
  readonly key: string;
  /** Which of {@link PushedState.places} leads there. */
  readonly place: string;
  /** A write was begun, and how it ended is not known. */
  readonly pending?: true;
  /**
   * To be removed. `gone`: the object that pushed it is gone, and its policy was Delete. `dropped`: it is no longer asked
   * for, and is forgotten instead should the policy become another. Nobody pushes it any more, then.
   */
  readonly left?: 'gone' | 'dropped';
  /** The last versions that we wrote, newest first, where the provider tells them. @default none */
  readonly versions?: readonly string[];
  /** Versions of remote keys that the written content was made from, as `formatLineage` writes them. @default none */
  readonly madeFrom?: readonly string[];
  /** How often in a row we wrote what was made from what we had written before. @default 0 */
  readonly rounds?: number;
}

/** A store as it was pushed through: what leads back to what was pushed when the store is gone or became another. */
export interface PushedPlace {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  /** As the API server held it; names credentials, and holds none. */
  readonly spec: unknown;
}

/** A Secret that was pushed, as it was then. */
export interface PushedSource {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * The memory of what one PushSecret put into providers: stored before each write of something new, and settled after it.
 * No finalizer holds the object until its remote keys are removed, so this alone finds them. Holds no value, and no hash
 * of one.
 */
export interface PushedState {
  readonly entries: readonly PushedEntry[];
  readonly places: Readonly<Record<string, PushedPlace>>;
  readonly sources: readonly PushedSource[];
  /** When it was last pushed, what is no longer asked for was to be removed. */
  readonly deletes?: true;
}
