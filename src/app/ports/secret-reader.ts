import type { Credentials, IdentityPlan } from '../../domain/identity-plan.ts';
import type { ListedKey } from '../../domain/listing.ts';
import type { StoreLocation } from '../../domain/remote-key.ts';
import type { SecretValue } from '../../domain/secret-value.ts';

/** What to read, as `remoteRef` says; `key` has the store's prefix already. */
export interface RemoteRead {
  readonly key: string;
  /** Empty: the newest (AWSCURRENT, or the latest parameter version). */
  readonly version: string;
}

/** One version of one secret or parameter. Secrets Manager may hold text, bytes, or by its API neither. */
export interface RemoteSecret {
  readonly text?: SecretValue;
  readonly binary?: SecretValue;
  /** Version id, or version number of a parameter. */
  readonly version: string;
  /** Epoch milliseconds, when the provider made this version. */
  readonly createdAt?: number;
}

/** What a listing shall hold. Providers narrow by it as far as they can. */
export interface ListQuery {
  /** Secrets Manager: what names begin with. Parameter Store: a level of the hierarchy. Empty: everywhere. */
  readonly path: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ListedSecret {
  /** In full, as it is read by. */
  readonly name: string;
  /** Absent: the provider has matched the tags exactly, and does not tell them. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The current version, where the listing tells it at no further cost. */
  readonly secret?: RemoteSecret;
}

/** Looks through a store's secrets. */
export interface SecretFinder {
  /**
   * All that meet the query, and maybe others: the caller looks again. May lag behind what was created, deleted or tagged.
   * @throws StoreAccessDeniedError, StoreRejectedError, StoreUnavailableError
   */
  list(query: ListQuery, signal?: AbortSignal): Promise<readonly ListedSecret[]>;
  /**
   * Current versions, read together where the identity may. A name that is absent from the answer could not be read since
   * the secret is gone or going: reading it alone says which.
   * @throws StoreAccessDeniedError, StoreRejectedError, StoreUnavailableError - the first that cannot be read fails all
   */
  readMany(names: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, RemoteSecret>>;
}

/**
 * Reads one store's secrets under one identity. Every implementation passes test/contract/secret-reader.ts.
 */
export interface SecretReader {
  readonly location: StoreLocation;
  /** Equal for readers that see the same: same principal, Region and service. Shows no key or token. */
  readonly identity: string;
  /**
   * Reads afresh, never from a cache.
   * @throws SecretNotFoundError - no such key, stage or version; `deletionPolicy` decides what follows
   * @throws StoreAccessDeniedError - the identity may not
   * @throws StoreRejectedError - refused to anybody: marked for deletion, undecryptable, no such parameter version
   * @throws StoreUnavailableError - throttled, timed out or 5xx, after the SDK's own attempts
   */
  read(read: RemoteRead, signal?: AbortSignal): Promise<RemoteSecret>;
  /**
   * The tags of a secret or parameter as one JSON object, keys sorted (`metadataPolicy: Fetch`).
   * A key that does not exist is a StoreRejectedError, never SecretNotFoundError: metadata deletes nothing.
   */
  readTags(key: string, signal?: AbortSignal): Promise<SecretValue>;
  /** Absent: the service has nothing to look through. */
  readonly finder?: SecretFinder;
  /** Which versions there are, without any value. */
  readonly listing: VersionListing;
}

export interface VersionListing {
  /** Reads that cost as much as one page of a listing, see {@link isListingDear}. */
  readonly pageCost: number;
  /**
   * All keys of the location, page by page; the next page is asked for when it is wanted. It may lag behind by
   * {@link LISTING_LAG_MILLISECONDS}, and not show what is there. Keys marked for deletion are not shown.
   * @throws StoreAccessDeniedError - the identity may not list; it may read all the same
   * @throws StoreUnavailableError
   */
  pages(signal?: AbortSignal): AsyncIterable<readonly ListedKey[]>;
}

/** Of what tells no versions: every page would cost more than all reads. */
export const NO_LISTING: VersionListing = {
  pageCost: Number.POSITIVE_INFINITY,
  pages: async function* () {
    yield [];
  },
};

/** A service account whose token STS takes for a session of `roleArn`. */
export interface WebIdentity {
  readonly roleArn: string;
  /** Tells accounts apart, those of other clusters and earlier ones of the same name included: no session is another's. */
  readonly subject: string;
  readonly audiences: readonly string[];
  /** A new token. @throws SyncError - the cluster does not give one */
  readonly token: () => Promise<SecretValue>;
}

/** What a chain begins with, found in the cluster. */
export type BaseCredentials = Credentials | WebIdentity;

/** Turns an identity into readers. Sessions are kept in memory until shortly before they expire, never across identities. */
export interface SecretReaders {
  /**
   * @param credentials - what `plan.base` asks for; undefined when that is the default role
   * @throws StoreAccessDeniedError - STS refused a hop
   * @throws StoreUnavailableError
   * @throws SyncError - as the service account's token was refused
   */
  open(plan: IdentityPlan, credentials: BaseCredentials | undefined, signal?: AbortSignal): Promise<SecretReader>;
}
