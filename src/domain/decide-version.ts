/** A read that is about to be made. */
export interface VersionQuestion {
  readonly cluster: string;
  /** The store's prefix included. */
  readonly key: string;
  /** `remoteRef.version`; empty: the newest. */
  readonly requested: string;
}

/**
 * The version a cluster shall read of a key: the one place to hold a cluster back while a new version is tried elsewhere.
 * Today every cluster reads what its objects ask for.
 */
export const decideVersion = ({ requested }: VersionQuestion): string => requested;
