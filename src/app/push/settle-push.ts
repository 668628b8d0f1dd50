import { backOffMilliseconds, IDLE_CHECK_MILLISECONDS, MIN_INTERVAL_MILLISECONDS } from '../../domain/due.ts';
import { EngineError } from '../../domain/engine-error.ts';
import { syncedResourceVersion } from '../../domain/hashes.ts';
import { lastPush } from '../../domain/push/decide-push.ts';
import { ERRORED, failedReady, type PushReady, SOURCE_DELETED } from '../../domain/push/push-outcome.ts';
import { WriteBudgetError } from '../../domain/push/write-budget-error.ts';
import { type ObjectStatus, sameStatus, toTimestamp, withReady } from '../../domain/status.ts';
import { causesOf, InvalidSpecError, type SyncError, UnsupportedError } from '../../domain/sync-error.ts';
import type { ObjectEvent } from '../ports/cluster-client.ts';
import type { Report } from '../report.ts';
import { isRefreshTimeOff } from '../settle.ts';
import { PushLoopError, SourceError } from './push-error.ts';
import type { Progress, PushOutcome } from './push-pass.ts';

/** The reference looks again this much after the interval. */
const AFTER_INTERVAL_MILLISECONDS = 5_000;

type Told = Exclude<PushOutcome, { type: 'put-off' | 'left-alone' }>;
type Failed = Extract<PushOutcome, { type: 'failed' }>;

/** What a failure says of itself. */
export const toFailed = (error: SyncError): Failed => {
  const causes = causesOf(error);
  const budget = causes.find((cause) => cause instanceof WriteBudgetError);
  const source = causes.find((cause) => cause instanceof SourceError);
  return {
    type: 'failed',
    error,
    message: source?.conditionMessage ?? error.message,
    ...(budget !== undefined && { until: budget.until }),
  };
};

/**
 * What a finished pass reports and remembers. Pure.
 * @param random - 0 up to 1, spreads the back-off
 */
export const settlePush = (progress: Progress, outcome: Told, random: number): Report => {
  switch (outcome.type) {
    case 'pushed':
      return settlePushed(progress, outcome.ready);
    case 'source-deleted':
      return settleSourceDeleted(progress);
    case 'skipped':
      return settleSkipped(progress, outcome.resting);
    case 'failed':
      return settleFailed(progress, outcome, random);
  }
};

const settlePushed = (progress: Progress, ready: PushReady): Report => {
  const { ps, status, startedAt } = progress.pass;
  const synced: ObjectStatus = {
    ...withReady(status, ready, startedAt),
    syncedPushSecrets: progress.synced,
    syncedResourceVersion: syncedResourceVersion(ps),
  };
  const isNews = progress.wrote || !sameStatus(synced, status);
  const isToBeTold = isNews || isRefreshTimeOff({ status, startedAt });
  return {
    status: isToBeTold ? { ...synced, refreshTime: toTimestamp(startedAt) } : synced,
    events: isNews ? [{ type: 'Normal', reason: ready.reason, message: ready.message }] : [],
    state: { ...stateOf(progress), verifiedAt: startedAt, failures: 0, dueAt: afterInterval(progress, startedAt) },
  };
};

/** Until the object or the source changes there is nothing to do. */
const settleSourceDeleted = (progress: Progress): Report => {
  const { ps, status, startedAt } = progress.pass;
  const { reason, message } = SOURCE_DELETED;
  return {
    status: {
      ...withReady(status, SOURCE_DELETED, startedAt),
      syncedPushSecrets: progress.synced,
      syncedResourceVersion: syncedResourceVersion(ps),
    },
    events: [{ type: 'Normal', reason, message }],
    state: { ...stateOf(progress), failures: 0, dueAt: startedAt + IDLE_CHECK_MILLISECONDS },
  };
};

const settleSkipped = (progress: Progress, resting: boolean): Report => {
  const { status, startedAt } = progress.pass;
  return {
    status,
    events: [],
    state: {
      ...stateOf(progress),
      ...verified(progress),
      failures: 0,
      dueAt: resting ? startedAt + IDLE_CHECK_MILLISECONDS : afterSkip(progress),
    },
  };
};

/** The rest of the interval. */
const afterSkip = (progress: Progress): number => {
  const { ps, status, state, startedAt } = progress.pass;
  if (ps.refreshIntervalMilliseconds <= 0) return startedAt + IDLE_CHECK_MILLISECONDS;
  const pushedAt = lastPush({ status, verifiedAt: state?.verifiedAt }) ?? startedAt;
  const end = afterInterval(progress, pushedAt) + AFTER_INTERVAL_MILLISECONDS;
  return Math.max(end, startedAt + MIN_INTERVAL_MILLISECONDS);
};

const settleFailed = (progress: Progress, { error, message, until }: Failed, random: number): Report => {
  const { status, state, startedAt } = progress.pass;
  const failures = (state?.failures ?? 0) + 1;
  const ready = until === undefined ? failedReady(message) : { ...failedReady(message), reason: error.reason };
  const later = needsAuthor(error) ? afterInterval(progress, startedAt) : startedAt;
  const event: ObjectEvent = {
    type: 'Warning',
    reason: until === undefined ? ERRORED : error.reason,
    message: error.message,
  };
  return {
    status: { ...withReady(status, ready, startedAt), syncedPushSecrets: progress.synced },
    events: [event],
    state: {
      ...stateOf(progress),
      ...verified(progress),
      failures,
      dueAt: until ?? Math.max(startedAt + backOffMilliseconds(failures, random), later),
    },
  };
};

const stateOf = ({ pushed, stores, dependsOn }: Progress) => ({
  versions: [],
  stores,
  dependsOn,
  ...((pushed.entries.length > 0 || pushed.sources.length > 0) && { pushed }),
});

const verified = ({ pass: { state } }: Progress) =>
  state?.verifiedAt === undefined ? {} : { verifiedAt: state.verifiedAt };

/** An object that is pushed once is looked at all the same: nothing stops silently. */
const afterInterval = ({ pass: { ps } }: Progress, from: number): number =>
  ps.refreshIntervalMilliseconds <= 0
    ? from + IDLE_CHECK_MILLISECONDS
    : from + Math.max(ps.refreshIntervalMilliseconds, MIN_INTERVAL_MILLISECONDS);

/** Only an edit helps, and the feed tells of that. */
const needsAuthor = (error: SyncError): boolean =>
  causesOf(error).some((cause) => AUTHORS.some((type) => cause instanceof type));

const AUTHORS = [InvalidSpecError, UnsupportedError, EngineError, PushLoopError];
