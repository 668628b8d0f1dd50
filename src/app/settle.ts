import { type Contest, contestedReady, correctableAt, quietAt, standing } from '../domain/contest.ts';
import type { RefreshReason } from '../domain/decide-refresh.ts';
import { dueAfterSkip, MAX_BACK_OFF_MILLISECONDS, nextDueAt, retryMilliseconds } from '../domain/due.ts';
import { EngineError } from '../domain/engine-error.ts';
import { isGeneric } from '../domain/external-secret.ts';
import { syncedResourceVersion } from '../domain/hashes.ts';
import { asResource } from '../domain/plan-manifest.ts';
import { type ReadyOutcome, SYNCED } from '../domain/plan-sync.ts';
import {
  type ObjectStatus,
  parseTimestamp,
  readyCondition,
  sameStatus,
  toTimestamp,
  withReady,
} from '../domain/status.ts';
import { causesOf, InvalidSpecError, type SyncError, UnsupportedError } from '../domain/sync-error.ts';
import type { TargetState } from '../domain/sync-state.ts';
import { TargetRefusedError } from '../domain/target-error.ts';
import type { ObjectEvent } from './ports/cluster-client.ts';
import type { Report } from './report.ts';
import type { ExternalSecretPass, Pass, SyncOutcome, Uses } from './sync-pass.ts';

/** `refreshTime` alone is written at most this often, so that a fleet at rest makes no writes. */
export const REFRESH_TIME_WRITTEN_EVERY_MILLISECONDS = 24 * 3_600_000;

/** An object whose spec cannot be read says nothing about its interval. */
const UNREADABLE_CHECK_MILLISECONDS = 3_600_000;

type Synced = Extract<SyncOutcome, { type: 'synced' }>;
type Current = Extract<SyncOutcome, { type: 'current' }>;
type Failed = Extract<SyncOutcome, { type: 'failed' }>;
type Reportable = Synced | Current | Failed;

export interface Settlement {
  readonly outcome: Reportable;
  readonly uses: Uses;
}

/**
 * What a finished pass reports and remembers. Pure.
 * @param random - 0 up to 1, spreads the back-off
 */
export const settle = (pass: Pass | ExternalSecretPass, settlement: Settlement, random: number): Report => {
  const { outcome, uses } = settlement;
  if (outcome.type === 'failed') return settleFailed(pass, { outcome, uses }, random);
  if (!('es' in pass)) throw new TypeError('an object without a readable spec can only fail');
  return outcome.type === 'synced' ? settleSynced(pass, outcome, uses) : settleCurrent(pass, outcome, uses);
};

/** In the words for targets of other kinds, where the target is one. */
const inItsWords = (pass: Pass | ExternalSecretPass, ready: ReadyOutcome): ReadyOutcome =>
  'es' in pass && isGeneric(pass.es) ? asResource(ready) : ready;

const settleSynced = (pass: ExternalSecretPass, outcome: Synced, uses: Uses): Report => {
  const { es, startedAt } = pass;
  const contest = outcome.contest ?? standing(pass.state?.contest, startedAt);
  const contested = contestedReady(contest);
  const isSecret = !isGeneric(es);
  const synced: ObjectStatus = {
    ...withReady(pass.status, contested ?? outcome.ready, startedAt),
    syncedResourceVersion: syncedResourceVersion(es),
    binding: { name: (isSecret ? outcome.target?.name : undefined) ?? pass.status.binding?.name ?? '' },
  };
  const news =
    outcome.wrote || isVersionNew(pass, outcome) || !sameStatus(synced, pass.status) || isRefreshTimeOff(pass);
  return {
    status: news ? { ...synced, refreshTime: toTimestamp(startedAt) } : synced,
    events: [...outcome.events, ...(contested === undefined ? [] : [contestedEvent(contested)])],
    state: {
      ...uses,
      ...target(outcome.target),
      versions: outcome.versions,
      verifiedAt: startedAt,
      failures: 0,
      ...kept(contest),
      dueAt: Math.min(nextDueAt(es, startedAt), contest === undefined ? Number.POSITIVE_INFINITY : quietAt(contest)),
    },
  };
};

const contestedEvent = ({ message }: ReadyOutcome): ObjectEvent => ({
  type: 'Warning',
  reason: 'TargetContested',
  message: `${message}; it is corrected less often until that ends`,
});

const kept = (contest: Contest | undefined): { readonly contest?: Contest } =>
  contest === undefined ? {} : { contest };

/** Also tells of a write whose pass crashed before it could say so: the next one finds nothing left to write. */
const isVersionNew = ({ state }: Pass, { versions }: Synced): boolean =>
  state !== undefined &&
  versions.some(({ id, version }) => !state.versions.some((v) => v.id === id && v.version === version));

const settleCurrent = (pass: ExternalSecretPass, outcome: Current, uses: Uses): Report => {
  const { state, startedAt } = pass;
  const verifiedAt = outcome.verified ? startedAt : state?.verifiedAt;
  const refreshedAt = Math.max(verifiedAt ?? 0, parseTimestamp(pass.status.refreshTime) ?? 0);
  const contest = standing(state?.contest, startedAt);
  return {
    status: currentStatus(pass, outcome, contest),
    events: [],
    state: {
      ...uses,
      ...target(currentTarget(state?.target, outcome)),
      versions: state?.versions ?? [],
      ...kept(contest),
      ...(verifiedAt === undefined ? {} : { verifiedAt }),
      failures: isUnfinished(outcome.held) ? Math.max(1, state?.failures ?? 0) : 0,
      dueAt: dueAfterCurrent(pass, { outcome, refreshedAt, contest }),
    },
  };
};

const dueAfterCurrent = (
  { es, startedAt }: ExternalSecretPass,
  {
    outcome,
    refreshedAt,
    contest,
  }: { readonly outcome: Current; readonly refreshedAt: number; readonly contest: Contest | undefined },
): number => {
  if (contest !== undefined && outcome.heldBack === true) return correctableAt(contest);
  if (outcome.held !== undefined) return startedAt + MAX_BACK_OFF_MILLISECONDS;
  const dueAt = dueAfterSkip(es, refreshedAt, startedAt);
  return contest === undefined ? dueAt : Math.min(dueAt, quietAt(contest));
};

/** As it was seen. That it is no longer as we left it is remembered until it was compared with the provider. */
const currentTarget = (known: TargetState | undefined, { target: seen, touched }: Current): TargetState | undefined => {
  const target = seen ?? known;
  return target === undefined || (touched ?? known?.touched) !== true ? target : { ...target, touched: true };
};

const MISSING: ReadonlySet<string> = new Set(['SecretMissing', 'ResourceMissing']);

/**
 * A target seen to be right ends a failure that no refresh will end: a repair's, or that of a spec since mended. It is not
 * missing either, whatever a pass said that looked before it was there.
 */
const currentStatus = (pass: ExternalSecretPass, outcome: Current, contest: Contest | undefined): ObjectStatus => {
  const { status, startedAt } = pass;
  const contested = contestedReady(contest);
  if (contested !== undefined) return withReady(status, contested, startedAt);
  const ready = readyCondition(status);
  const isRight = ready?.status === 'True' && !MISSING.has(ready.reason ?? '');
  if (!isRight && outcome.target !== undefined && outcome.held === undefined)
    return withReady(status, inItsWords(pass, SYNCED), startedAt);
  return outcome.verified && isRefreshTimeOff({ status, startedAt })
    ? { ...status, refreshTime: toTimestamp(startedAt) }
    : status;
};

/** What an event began is finished when a window opens, as a failure is; an interval elapses all by itself. */
const isUnfinished = (held: RefreshReason | undefined): boolean => held !== undefined && held !== 'interval-elapsed';

const settleFailed = (
  pass: Pass | ExternalSecretPass,
  { outcome, uses }: { readonly outcome: Failed; readonly uses: Uses },
  random: number,
): Report => {
  const { status, startedAt, state } = pass;
  const failures = (state?.failures ?? 0) + 1;
  const ready = inItsWords(pass, { status: 'False', reason: 'SecretSyncedError', message: outcome.message });
  return {
    status: { refreshTime: null, ...withReady(status, ready, startedAt) },
    events: [{ type: 'Warning', reason: 'UpdateFailed', message: outcome.error.message }],
    state: {
      ...uses,
      ...target(outcome.target ?? state?.target),
      versions: state?.versions ?? [],
      ...(state?.verifiedAt === undefined ? {} : { verifiedAt: state.verifiedAt }),
      ...kept(standing(state?.contest, startedAt)),
      failures,
      dueAt: Math.max(
        startedAt + retryMilliseconds({ error: outcome.error, failures, now: startedAt, random }),
        needsAuthor(outcome.error) ? checkAgainAt(pass) : startedAt,
      ),
    },
  };
};

const checkAgainAt = (pass: Pass | ExternalSecretPass): number =>
  'es' in pass ? nextDueAt(pass.es, pass.startedAt) : pass.startedAt + UNREADABLE_CHECK_MILLISECONDS;

/**
 * Trying again soon helps nobody: the object, its template, the value that it reads or the Secret's owner must change
 * first, and the feed and the value's event tell of that. Short intervals give way to the back-off: a template that
 * needs its whole deadline each second would be a bad neighbour.
 */
const needsAuthor = (error: SyncError): boolean =>
  causesOf(error).some((cause) => AUTHORS.some((type) => cause instanceof type));

const AUTHORS = [InvalidSpecError, UnsupportedError, TargetRefusedError, EngineError];

const target = (state: TargetState | undefined): { readonly target?: TargetState } =>
  state === undefined ? {} : { target: state };

/** Absent, a day old, or ahead: a time to come would ask for a refresh in each pass until then. */
export const isRefreshTimeOff = ({ status, startedAt }: Pick<Pass, 'status' | 'startedAt'>): boolean => {
  const age = startedAt - (parseTimestamp(status.refreshTime) ?? 0);
  return age < 0 || age >= REFRESH_TIME_WRITTEN_EVERY_MILLISECONDS;
};
