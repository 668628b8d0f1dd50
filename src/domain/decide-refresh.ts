import { intervalEndsAt } from './due.ts';
import type { ExternalSecret } from './external-secret.ts';
import { syncedResourceVersion } from './hashes.ts';
import type { Cause } from './message.ts';
import { type ObjectStatus, parseTimestamp } from './status.ts';
import { mayRefreshInWindows } from './sync-windows.ts';

export type RefreshReason =
  | 'never-synced'
  | 'object-changed'
  | 'refresh-time-ahead'
  | 'failed-before'
  | 'never-verified'
  | 'secret-changed'
  | 'interval-elapsed';

export type RefreshDecision =
  | { readonly refresh: true; readonly why: RefreshReason }
  /** `held`: why it would be refreshed if its sync windows allowed it now. */
  | { readonly refresh: false; readonly held?: RefreshReason };

export interface RefreshQuestion {
  readonly es: ExternalSecret;
  readonly status: ObjectStatus;
  /** Epoch milliseconds of the last pass that proved the target current; counts as refresh. Absent: none of ours did. */
  readonly verifiedAt: number | undefined;
  /** Failures in a row: what an event began is finished later, whatever the interval says. */
  readonly failures: number;
  readonly cause: Cause['type'];
  readonly now: number;
}

/** Causes that say the content may be another one now; a feed says it only of the object itself. */
const REFRESHING_CAUSES: ReadonlySet<Cause['type']> = new Set(['event', 'moved', 'store', 'person']);

const NO: RefreshDecision = { refresh: false };
const yes = (why: RefreshReason): RefreshDecision => ({ refresh: true, why });

/**
 * Whether the provider is read for an ExternalSecret, as its `refreshPolicy` says. A target that is missing or was
 * edited is repaired whatever this answers.
 *
 * An event refreshes only what would also be refreshed by time: `CreatedOnce`, `OnChange` and an interval of 0 say
 * that the content shall not follow the provider.
 */
export const decideRefresh = (question: RefreshQuestion): RefreshDecision => {
  switch (question.es.refreshPolicy) {
    case 'CreatedOnce':
      return neverSynced(question.status) ? yes('never-synced') : NO;
    case 'OnChange':
      if (neverSynced(question.status)) return yes('never-synced');
      return objectChanged(question) ? yes('object-changed') : NO;
    case 'Periodic':
      return decidePeriodicRefresh(question);
  }
};

const decidePeriodicRefresh = (question: RefreshQuestion): RefreshDecision => {
  const { es, status, now } = question;
  if (es.refreshIntervalMilliseconds <= 0 && hasSyncedVersion(status)) return NO;
  if (objectChanged(question)) return yes('object-changed');
  const refreshedAt = lastRefresh(question);
  if (refreshedAt === undefined) return yes('never-synced');
  if (refreshedAt > now) return yes('refresh-time-ahead');
  const why = reasonInWindow(question, refreshedAt);
  if (why === undefined) return NO;
  return mayRefreshInWindows(es.syncWindows, now) ? yes(why) : { refresh: false, held: why };
};

/** Reasons that sync windows may hold back. */
const reasonInWindow = (
  { es, now, cause, failures, verifiedAt }: RefreshQuestion,
  refreshedAt: number,
): RefreshReason | undefined => {
  const end = cause === 'due' ? intervalEndsAt(es, refreshedAt) : refreshedAt + es.refreshIntervalMilliseconds;
  if (end <= now) return 'interval-elapsed';
  if (failures > 0) return 'failed-before';
  if (verifiedAt === undefined) return 'never-verified'; // synced by another: events must find who reads which key
  return REFRESHING_CAUSES.has(cause) ? 'secret-changed' : undefined;
};

const hasSyncedVersion = ({ syncedResourceVersion: version = '' }: ObjectStatus): boolean => version !== '';

const neverSynced = (status: ObjectStatus): boolean =>
  !hasSyncedVersion(status) || parseTimestamp(status.refreshTime) === undefined;

const objectChanged = ({ es, status }: RefreshQuestion): boolean =>
  status.syncedResourceVersion !== syncedResourceVersion(es);

const lastRefresh = ({ status, verifiedAt }: RefreshQuestion): number | undefined => {
  const refreshTime = parseTimestamp(status.refreshTime);
  return refreshTime === undefined ? undefined : Math.max(refreshTime, verifiedAt ?? 0);
};
