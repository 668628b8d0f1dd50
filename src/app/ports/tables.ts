import type { Announcement } from '../../domain/announcement.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { FindSelector, PlacedSelector } from '../../domain/find-selector.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import type { ObjectRef, ServedRef, WatchedKind } from '../../domain/object-ref.ts';
import type { ProvisionerName } from '../../domain/provisioning.ts';
import type { RemoteKey, StoreLocation } from '../../domain/remote-key.ts';
import type { SyncState } from '../../domain/sync-state.ts';

/** The registered clusters. */
export interface ClusterRegistry {
  get(name: string, signal?: AbortSignal): Promise<Cluster | undefined>;
  list(signal?: AbortSignal): Promise<readonly Cluster[]>;
  put(cluster: Cluster): Promise<void>;
  /** Removes the registration and everything remembered of the cluster. */
  remove(name: string): Promise<void>;
}

/** Objects as the feed saw them. */
export interface Mirror {
  get(cluster: string, ref: ObjectRef, signal?: AbortSignal): Promise<MirroredObject | undefined>;
  getMany(cluster: string, refs: readonly ObjectRef[], signal?: AbortSignal): Promise<readonly MirroredObject[]>;
  /** Keeps the newer resourceVersion. False: an equal or newer one was there. */
  put(cluster: string, object: MirroredObject, signal?: AbortSignal): Promise<boolean>;
  /** Removes on condition of the uid: a new object of the same name stays. */
  remove(cluster: string, ref: ObjectRef, uid: string): Promise<void>;
  list(cluster: string, kind: WatchedKind, signal?: AbortSignal): Promise<readonly MirroredObject[]>;
  /** Children that the provisioner of this name controls; one that came a moment ago may be missing. */
  controlledBy(cluster: string, provisioner: ProvisionerName, signal?: AbortSignal): Promise<readonly MirroredObject[]>;
}

/** A due object: what `on-schedule` needs to send a message. */
export interface DueObject {
  readonly cluster: string;
  readonly ref: ServedRef;
  /** Epoch milliseconds */
  readonly dueAt: number;
}

/** What the service remembers of its own work. */
export interface States {
  get(cluster: string, ref: ServedRef, signal?: AbortSignal): Promise<SyncState | undefined>;
  getMany(cluster: string, refs: readonly ServedRef[], signal?: AbortSignal): Promise<ReadonlyMap<string, SyncState>>; // by formatRef
  /** Stores `state` as revision `expected + 1` if the stored revision still is `expected` (0: none). False: it is not. */
  put(
    cluster: string,
    ref: ServedRef,
    change: { readonly state: Omit<SyncState, 'revision'>; readonly expected: number },
  ): Promise<boolean>;
  remove(cluster: string, ref: ServedRef): Promise<void>;
  list(cluster: string, signal?: AbortSignal): Promise<ReadonlyMap<string, SyncState>>;
  /** Objects whose due time is at or before `until`, soonest first, at most `limit` a shard. */
  due(until: number, limit: number, signal?: AbortSignal): Promise<readonly DueObject[]>;
  /** Moves the due time if it still is `object.dueAt`; revision stays. False: somebody else did. */
  moveDue(object: DueObject, dueAt: number): Promise<boolean>;
  /** Says that what revision `expected` tells was current at `verifiedAt`; revision stays. False: another pass came first. */
  markVerified(
    object: DueObject,
    proof: { readonly expected: number; readonly verifiedAt: number; readonly dueAt: number },
  ): Promise<boolean>;
}

export interface Dependant {
  readonly cluster: string;
  readonly ref: ServedRef;
}

/** Who reads which remote key, and the newest version each key announced. */
export interface Dependants {
  of(key: RemoteKey, signal?: AbortSignal): Promise<readonly Dependant[]>;
  add(keys: readonly RemoteKey[], dependant: Dependant): Promise<void>;
  remove(keys: readonly RemoteKey[], dependant: Dependant): Promise<void>;
  /**
   * Merges into what is announced already (see `mergeAnnouncement`).
   * @returns what was announced before: of several who announce the same, one alone is the first
   */
  announce(key: RemoteKey, announcement: Announcement): Promise<Announcement | undefined>;
  announcements(keys: readonly RemoteKey[], signal?: AbortSignal): Promise<ReadonlyMap<string, Announcement>>; // by formatRemoteKey
}

/** An object that looks for secrets in a place, and one of its searches. */
export interface Finder extends Dependant {
  readonly selector: FindSelector;
}

/** Who looks for secrets where, and which secrets came, went or changed their tags there lately. */
export interface Finders {
  of(location: StoreLocation, signal?: AbortSignal): Promise<readonly Finder[]>;
  add(searches: readonly PlacedSelector[], dependant: Dependant): Promise<void>;
  remove(searches: readonly PlacedSelector[], dependant: Dependant): Promise<void>;
  /** Lists may not show for a while what happened to this key at `at` (epoch milliseconds). */
  note(key: RemoteKey, at: number): Promise<void>;
  /** Names noted at `since` or later, newest first, each once. Kept for an hour. */
  noted(location: StoreLocation, since: number, signal?: AbortSignal): Promise<readonly string[]>;
}

/** Which objects use a store. */
export interface StoreUsers {
  of(cluster: string, store: ServedRef, signal?: AbortSignal): Promise<readonly ServedRef[]>;
  add(cluster: string, store: ServedRef, user: ServedRef): Promise<void>;
  remove(cluster: string, store: ServedRef, user: ServedRef): Promise<void>;
}

/** Event ids whose messages were sent. Remembered for a day. */
export interface HandledEvents {
  has(eventId: string, signal?: AbortSignal): Promise<boolean>;
  add(eventId: string): Promise<void>;
}

/** Leave to hold one cluster's watches. */
export interface Lease {
  readonly cluster: string;
  readonly holder: string;
  /** Grows with each holder; writes of an earlier epoch are refused. */
  readonly epoch: number;
  /** Epoch milliseconds */
  readonly expiresAt: number;
  /** A fresh invocation waiting to take over, if any. */
  readonly heir?: string;
}

export interface Leases {
  get(cluster: string, signal?: AbortSignal): Promise<Lease | undefined>;
  /** Takes a lease that is free, has expired, or was handed to `holder`. Undefined: somebody holds it. */
  take(
    cluster: string,
    claim: { readonly holder: string; readonly now: number; readonly expiresAt: number },
  ): Promise<Lease | undefined>;
  /** Extends our own. Undefined: it was lost. The answer names the heir, if one waits. */
  renew(lease: Lease, expiresAt: number): Promise<Lease | undefined>;
  release(lease: Lease): Promise<void>;
  /** Says that `heir` would take over. */
  askFor(cluster: string, heir: string): Promise<void>;
}

/** Where a kind's watch goes on, per cluster and namespace (empty: cluster-wide). */
export interface FeedPosition {
  readonly resourceVersion: string;
  /** Epoch milliseconds, when the cluster was last heard from. */
  readonly heardAt: number;
}

export interface FeedPositions {
  get(cluster: string, kind: WatchedKind, namespace: string): Promise<FeedPosition | undefined>;
  /** Refused (false) when the lease's epoch is no longer the current one. */
  put(
    lease: Lease,
    feed: { readonly kind: WatchedKind; readonly namespace: string },
    position: FeedPosition,
  ): Promise<boolean>;
  list(
    cluster: string,
  ): Promise<readonly (FeedPosition & { readonly kind: WatchedKind; readonly namespace: string })[]>;
}

/** A cluster whose API server does not answer. */
export interface Outage {
  /** Epoch milliseconds */
  readonly since: number;
  /** Epoch milliseconds before which nobody asks the cluster anything. Whoever moves it on may ask. */
  readonly askAgainAt: number;
}

/** Which clusters are down, for all containers: one that has waited in vain spares the others the wait. */
export interface Outages {
  get(cluster: string, signal?: AbortSignal): Promise<Outage | undefined>;
  /** Stores `next` if what is stored still is `known` (undefined: nothing). False: somebody was quicker. */
  put(cluster: string, known: Outage | undefined, next: Outage): Promise<boolean>;
  /** False: there was none. */
  end(cluster: string): Promise<boolean>;
}

/** What earlier listings by one identity taught. */
export interface ListingMemory {
  /** Pages there are, or at least are. */
  readonly pages?: number;
  /** Epoch milliseconds until which nobody asks again: the identity may not list. */
  readonly deniedUntil?: number;
}

/** Remembered for a day, for all containers. Losing it costs calls, nothing more. */
export interface Listings {
  get(identity: string, signal?: AbortSignal): Promise<ListingMemory | undefined>;
  put(identity: string, memory: ListingMemory): Promise<void>;
}

/** A place in an account's request quota. */
export interface QuotaPlace {
  /** False: it is too late to wait for, and was left to others. */
  readonly taken: boolean;
  /** Epoch milliseconds */
  readonly at: number;
}

/** Request quotas of accounts, kept by all containers together. */
export interface Quotas {
  /** Takes the next free place of a quota that has one each `stepMilliseconds`, if it comes no later than `latest`. */
  reserve(
    quota: string,
    ask: { readonly now: number; readonly latest: number; readonly stepMilliseconds: number },
  ): Promise<QuotaPlace>;
  /** Gives a place back that was taken and not used: whoever comes next gets one so much earlier. */
  giveBack(quota: string, stepMilliseconds: number): Promise<void>;
}

/** How an attempt to take a key for writing went. `by`: who has it. */
export type WriteClaim = { readonly taken: true } | { readonly taken: false; readonly by: string };

/** Leave to change a remote key, for one at a time. */
export interface WriteLeases {
  /** Takes a key that is free, whose lease has expired, or that `holder` has already. */
  take(
    key: RemoteKey,
    claim: { readonly holder: string; readonly by: string; readonly now: number; readonly expiresAt: number },
  ): Promise<WriteClaim>;
  /** Gives back what `holder` has; what somebody else has by now stays theirs. */
  release(key: RemoteKey, holder: string): Promise<void>;
}
