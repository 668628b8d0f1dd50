import type { ExternalSecret } from './external-secret.ts';
import { isListable } from './listing.ts';
import { ClusterUnreachableError, causesOf, type SyncError } from './sync-error.ts';

/** The first delay of a back-off. */
const MIN_BACK_OFF_MILLISECONDS = 1_000;

/** The reference's longest delay between attempts. */
export const MAX_BACK_OFF_MILLISECONDS = 7 * 60_000;

/** An object that needs no refresh is looked at this often all the same: nothing stops silently. */
export const IDLE_CHECK_MILLISECONDS = 24 * 3_600_000;

/** Due times nearer than this are also sent as a delayed message: the schedule looks once a minute. */
export const SCHEDULE_PERIOD_MILLISECONDS = 60_000;

/** Intervals shorter than this are not offered, whatever the manifest says: a typo must not become a flood. */
export const MIN_INTERVAL_MILLISECONDS = 1_000;

/**
 * 1 s, 2 s, 4 s … up to 7 minutes, less up to a fifth so that what failed together does not come back together.
 * @param failures - failures in a row, this one included
 * @param random - 0 up to 1
 */
export const backOffMilliseconds = (failures: number, random: number): number => {
  const full = Math.min(MIN_BACK_OFF_MILLISECONDS * 2 ** Math.min(failures - 1, 20), MAX_BACK_OFF_MILLISECONDS);
  return Math.round(full * (1 - random / 5));
};

export interface FailedTry {
  readonly error: SyncError;
  /** In a row, this one included. */
  readonly failures: number;
  /** Epoch milliseconds */
  readonly now: number;
  /** 0 up to 1 */
  readonly random: number;
}

/**
 * As {@link backOffMilliseconds}, but nobody waits for a cluster much longer than it has been down: what failed in several
 * short outages in a row has counted its failures, and would sleep long after the last of them.
 */
export const retryMilliseconds = ({ error, failures, now, random }: FailedTry): number => {
  const wait = backOffMilliseconds(failures, random);
  const unreachable = causesOf(error).find((cause) => cause instanceof ClusterUnreachableError);
  if (unreachable?.downSince === undefined) return wait;
  const down = Math.max(now - unreachable.downSince, MIN_BACK_OFF_MILLISECONDS);
  return Math.min(wait, Math.round(down * (1 - random / 5)));
};

const isPeriodic = ({ refreshPolicy, refreshIntervalMilliseconds }: ExternalSecret): boolean =>
  refreshPolicy === 'Periodic' && refreshIntervalMilliseconds > 0;

/** Objects that a listing serves meet on a grid of this step, or of a power of two of it. */
const LISTING_STEP_MILLISECONDS = 5 * 60_000;

/** No interval is overrun by more than this part of it, and short ones not at all: messages are delayed by whole seconds. */
const MAX_OVERRUN = 0.03;
const SHORTEST_SPREAD_INTERVAL_MILLISECONDS = 60_000;

/**
 * From when on the interval counts as over. One listing serves all that is due at its time, so what listings can serve is
 * due a little early, on the grid where it meets others: the largest step that is no more than a quarter of the interval.
 */
export const intervalEndsAt = (es: ExternalSecret, refreshedAt: number): number => {
  const end = refreshedAt + Math.max(es.refreshIntervalMilliseconds, MIN_INTERVAL_MILLISECONDS);
  if (!isListable(es)) return end;
  const steps = es.refreshIntervalMilliseconds / 4 / LISTING_STEP_MILLISECONDS;
  const grid = LISTING_STEP_MILLISECONDS * 2 ** Math.max(0, Math.floor(Math.log2(steps)));
  return Math.floor(end / grid) * grid;
};

/** When to look again after a pass that went well. What is read object by object is spread by uid, lest it come in bursts. */
export const nextDueAt = (es: ExternalSecret, now: number): number => {
  if (!isPeriodic(es)) return now + IDLE_CHECK_MILLISECONDS;
  return intervalEndsAt(es, now) + overrun(es);
};

const overrun = (es: ExternalSecret): number => {
  const interval = es.refreshIntervalMilliseconds;
  if (interval < SHORTEST_SPREAD_INTERVAL_MILLISECONDS || isListable(es)) return 0;
  return Math.floor(interval * MAX_OVERRUN * spreadOf(es.uid));
};

/** 0 up to 1, the same for the same text: FNV-1a. */
export const spreadOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash / 2 ** 32;
};

/** When to look again after a pass that refreshed nothing: the interval still counts from the last refresh. */
export const dueAfterSkip = (es: ExternalSecret, refreshedAt: number, now: number): number =>
  isPeriodic(es) ? Math.max(nextDueAt(es, refreshedAt), now + MIN_INTERVAL_MILLISECONDS) : nextDueAt(es, now);

/** Whole seconds to put a message off by, when the due time comes before the schedule would look again. */
export const delaySecondsUntil = (dueAt: number, now: number): number | undefined => {
  const wait = dueAt - now;
  return wait < SCHEDULE_PERIOD_MILLISECONDS ? Math.max(0, Math.ceil(wait / 1_000)) : undefined;
};
