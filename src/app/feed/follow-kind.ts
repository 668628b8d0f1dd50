import { isMassAbsence } from '../../domain/feed-change.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { formatRef, type WatchedKind } from '../../domain/object-ref.ts';
import { PositionExpiredError } from '../../domain/position-expired-error.ts';
import { SyncError } from '../../domain/sync-error.ts';
import type { ClusterClient } from '../ports/cluster-client.ts';
import type { Clock, Log, Metrics } from '../ports/runtime.ts';
import type { FeedPosition } from '../ports/tables.ts';
import { applyChange, applyDeletion, type FeedContext } from './apply-event.ts';

const LIST_PAGE_SIZE = 500;

/** Objects of a list that are taken in at the same time. */
const TAKE_IN_PARALLEL = 20;

const FIRST_RETRY_MILLISECONDS = 500;
const LAST_RETRY_MILLISECONDS = 30_000;

/** One kind, in one namespace or (empty) in all. */
export interface Followed {
  readonly kind: WatchedKind;
  readonly namespace: string;
}

const scopeOf = ({ namespace }: Followed) => (namespace === '' ? {} : { namespace });

export interface FollowDeps {
  readonly client: ClusterClient;
  readonly feed: FeedContext;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** uid of the namespace kube-system at registration */
  readonly kubeSystemUid: string;
  /** Called with each position once everything up to it is taken in; the caller stores it after the wakes are sent. */
  readonly reached: (followed: Followed, resourceVersion: string) => void;
  /** ExternalSecrets whose target a complete list of Secrets shows to be gone or another one are woken through this. */
  readonly compareTargets: (secrets: readonly MirroredObject[], namespace: string) => Promise<void>;
}

/** Follows a kind until `signal` aborts: lists where there is no position, watches from there, begins anew on failure. */
export const followKind = async (
  deps: FollowDeps,
  { followed, position }: { readonly followed: Followed; readonly position: FeedPosition | undefined },
  signal: AbortSignal,
): Promise<void> => {
  let resourceVersion = position?.resourceVersion;
  let failures = 0;
  while (!signal.aborted) {
    try {
      resourceVersion ??= await relist(deps, followed, signal);
      for await (const reached of watch(deps, { followed, resourceVersion }, signal)) {
        resourceVersion = reached;
        failures = 0;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof PositionExpiredError) resourceVersion = undefined;
      else await waitToRetry(deps, { followed, error, failures: failures++ }, signal);
    }
  }
};

async function* watch(
  { client, feed, reached }: FollowDeps,
  { followed, resourceVersion }: { readonly followed: Followed; readonly resourceVersion: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { kind } = followed;
  for await (const event of client.watchObjects(kind, { ...scopeOf(followed), resourceVersion }, signal)) {
    if (event.type === 'changed') await applyChange(feed, event.object);
    if (event.type === 'deleted') await applyDeletion(feed, event.object);
    const at = event.type === 'bookmark' ? event.resourceVersion : event.object.resourceVersion;
    reached(followed, at);
    yield at;
  }
}

const waitToRetry = async (
  { clock, log, metrics, feed }: FollowDeps,
  { followed, error, failures }: { readonly followed: Followed; readonly error: unknown; readonly failures: number },
  signal: AbortSignal,
): Promise<void> => {
  if (!(error instanceof SyncError)) throw error;
  metrics.count('FeedFailures', { cluster: feed.cluster, kind: followed.kind, reason: error.reason });
  log.warn('feed interrupted', { cluster: feed.cluster, ...followed, reason: error.reason, error: error.message });
  const wait = Math.min(FIRST_RETRY_MILLISECONDS * 2 ** failures, LAST_RETRY_MILLISECONDS);
  await clock.sleep(wait, signal).catch((aborted: unknown) => {
    if (!signal.aborted) throw aborted;
  });
};

/**
 * Takes in a complete, consistent list. An object that is remembered and not listed is gone only when a read by name
 * says so too and the cluster is still the one that was registered; a list that misses very many waits for a person.
 * @returns the list's resourceVersion
 */
const relist = async (deps: FollowDeps, followed: Followed, signal: AbortSignal): Promise<string> => {
  const { items, resourceVersion } = await listAll(deps.client, followed, signal);
  for (let start = 0; start < items.length; start += TAKE_IN_PARALLEL)
    await Promise.all(items.slice(start, start + TAKE_IN_PARALLEL).map((object) => takeListed(deps.feed, object)));
  if (followed.kind === 'Secret') await deps.compareTargets(items, followed.namespace);
  else await takeOutAbsent(deps, { followed, items }, signal);
  deps.reached(followed, resourceVersion);
  return resourceVersion;
};

/** A listed Secret is compared with what its writers remember, below; it is no news by itself. */
const takeListed = async (feed: FeedContext, object: MirroredObject): Promise<void> => {
  if (object.ref.kind !== 'Secret') await applyChange(feed, object);
};

const listAll = async (client: ClusterClient, followed: Followed, signal: AbortSignal) => {
  const items: MirroredObject[] = [];
  let continueToken: string | undefined;
  for (;;) {
    const page = await client.listObjects(
      followed.kind,
      { ...scopeOf(followed), limit: LIST_PAGE_SIZE, ...(continueToken === undefined ? {} : { continueToken }) },
      signal,
    );
    items.push(...page.items);
    if (page.continueToken === undefined) return { items, resourceVersion: page.resourceVersion };
    continueToken = page.continueToken;
  }
};

const takeOutAbsent = async (
  { client, feed, log, metrics, kubeSystemUid }: FollowDeps,
  { followed, items }: { readonly followed: Followed; readonly items: readonly MirroredObject[] },
  signal: AbortSignal,
): Promise<void> => {
  const listed = new Set(items.map(({ ref, uid }) => `${formatRef(ref)} ${uid}`));
  const known = feed.index.list(followed.kind, followed.namespace);
  const absent = known.filter(({ ref, uid }) => !listed.has(`${formatRef(ref)} ${uid}`));
  if (absent.length === 0) return;
  const keys = { cluster: feed.cluster, ...followed, absent: absent.length, known: known.length };
  if (isMassAbsence(absent.length, known.length)) {
    metrics.count('MassAbsence', { cluster: feed.cluster, kind: followed.kind });
    log.error('too many objects are missing from a list: nothing is forgotten until a person confirms', keys);
    return;
  }
  if ((await client.kubeSystemUid(signal)) !== kubeSystemUid) {
    log.error('the cluster was replaced by another one: register it again', keys);
    return;
  }
  for (const object of absent) {
    const current = await client.readObject(object.ref, signal);
    if (current === undefined || current.uid !== object.uid) await applyDeletion(feed, object);
  }
};
