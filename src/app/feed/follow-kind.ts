import { isAbsenceAccepted } from '../../domain/feed-change.ts';
import { isPushing } from '../../domain/object-ref.ts';
import { PositionExpiredError } from '../../domain/position-expired-error.ts';
import { ClusterForbiddenError, ClusterRejectedError, SyncError } from '../../domain/sync-error.ts';
import { applyChange, applyDeletion } from './apply-event.ts';
import { pause, retryMilliseconds } from './back-off.ts';
import type { Followed } from './followed.ts';
import { type RelistDeps, relist } from './relist.ts';

export interface FollowDeps extends RelistDeps {
  /** Called with each position once everything up to it is taken in; the caller stores it after the wakes are sent. */
  readonly reached: (followed: Followed, resourceVersion: string) => void;
}

interface Follow {
  readonly followed: Followed;
  /** Where an earlier holder left off; undefined: nothing was seen yet. */
  readonly position: string | undefined;
  /** Called when the first list, where there is one, is taken in or has failed. */
  readonly begun: () => void;
}

/** Follows a kind until `signal` aborts: lists where there is no position, watches from there, begins anew on failure. */
export const followKind = async (
  deps: FollowDeps,
  { followed, position, begun }: Follow,
  signal: AbortSignal,
): Promise<void> => {
  let since = position;
  // What an earlier list missed is not told again by a watch.
  let expired = isAbsenceAccepted(deps.cluster.absenceAcceptedAt, deps.clock.now());
  let failures = 0;
  while (!signal.aborted) {
    let heard = false;
    try {
      if (since === undefined || expired) {
        since = await relist(deps, { followed, since }, signal);
        expired = false;
        deps.reached(followed, since);
      }
      begun();
      for await (const reached of watch(deps, { followed, resourceVersion: since }, signal)) {
        since = reached;
        heard = true;
        failures = 0;
      }
      // Ended by the server, which is usual; over and over without a word, it is not.
      if (!heard) await pause(deps.clock, retryMilliseconds(failures++), signal);
    } catch (error) {
      begun();
      if (signal.aborted) return;
      expired ||= error instanceof PositionExpiredError;
      await waitToRetry(deps, { followed, error, failures: failures++ }, signal);
    }
  }
  begun();
};

async function* watch(
  { client, feed, reached }: FollowDeps,
  { followed, resourceVersion }: { readonly followed: Followed; readonly resourceVersion: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { kind, namespace } = followed;
  const options = { ...(namespace === '' ? {} : { namespace }), resourceVersion };
  for await (const event of client.watchObjects(kind, options, signal)) {
    if (event.type === 'changed') await applyChange(feed, event.object);
    if (event.type === 'deleted') await applyDeletion(feed, event.object);
    const at = event.type === 'bookmark' ? event.resourceVersion : event.object.resourceVersion;
    reached(followed, at);
    yield at;
  }
}

/** A cluster that goes without the kind is asked again now and then: its definition, or the right to it, may come. */
const ABSENT_KIND_MILLISECONDS = 60_000;

const isAbsentKind = ({ kind }: Followed, error: SyncError): boolean =>
  isPushing(kind) && (error instanceof ClusterRejectedError || error instanceof ClusterForbiddenError);

/** A position that expired once is nothing special: it is listed anew at once. */
const waitToRetry = async (
  { clock, log, metrics, cluster }: FollowDeps,
  { followed, error, failures }: { readonly followed: Followed; readonly error: unknown; readonly failures: number },
  signal: AbortSignal,
): Promise<void> => {
  if (!(error instanceof SyncError)) throw error;
  if (error instanceof PositionExpiredError && failures === 0) return;
  if (isAbsentKind(followed, error)) {
    if (failures === 0) log.info('kind not followed', { cluster: cluster.name, ...followed, reason: error.reason });
    await pause(clock, ABSENT_KIND_MILLISECONDS, signal);
    return;
  }
  metrics.count('FeedFailures', { cluster: cluster.name, kind: followed.kind, reason: error.reason });
  log.warn('feed interrupted', { cluster: cluster.name, ...followed, reason: error.reason, error: error.message });
  await pause(clock, retryMilliseconds(failures), signal);
};
