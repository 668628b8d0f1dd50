import { MAX_BACK_OFF_MILLISECONDS } from './due.ts';
import type { ReadyOutcome } from './plan-sync.ts';

/** Somebody else keeps changing a target back. */
export interface Contest {
  /** How often it was corrected since it was last quiet. */
  readonly corrections: number;
  /** Epoch milliseconds of the last correction. */
  readonly at: number;
  /**
   * Field manager that put other content there; empty: the Secret was deleted, or nobody left a name. Absent: none of our
   * content was at stake, as where others keep changing keys of their own in a shared Secret.
   */
  readonly by?: string;
}

/** This often an edit is put right at once: people, and tools that run once, are not at war with anybody. */
const FREE_CORRECTIONS = 3;

const FIRST_WAIT_MILLISECONDS = 10_000;

/** Longer than the longest wait, so that a contest is not taken for over while a correction waits. */
const QUIET_MILLISECONDS = 2 * MAX_BACK_OFF_MILLISECONDS;

/** Epoch milliseconds from which the target may be corrected again: 10 s, 20 s, 40 s … up to 7 minutes after the last time. */
export const correctableAt = ({ corrections, at }: Contest): number => {
  if (corrections < FREE_CORRECTIONS) return at;
  const doubled = FIRST_WAIT_MILLISECONDS * 2 ** Math.min(corrections - FREE_CORRECTIONS, 20);
  return at + Math.min(doubled, MAX_BACK_OFF_MILLISECONDS);
};

/** Epoch milliseconds from which nothing is left of it, if nobody touches the target meanwhile. */
export const quietAt = ({ at }: Contest): number => at + QUIET_MILLISECONDS;

/** The contest as it stands now; undefined when it is over, or never was. */
export const standing = (contest: Contest | undefined, now: number): Contest | undefined =>
  contest === undefined || quietAt(contest) <= now ? undefined : contest;

/** @param by - as {@link Contest} has it, of the edit that was just put right */
export const afterCorrection = (
  before: Contest | undefined,
  { now, by }: { readonly now: number; readonly by: string | undefined },
): Contest => {
  const going = standing(before, now);
  const who = by ?? going?.by;
  return { corrections: (going?.corrections ?? 0) + 1, at: now, ...(who === undefined ? {} : { by: who }) };
};

/** What the object says of it: a target that does not keep what it should hold is not ready, however often it is corrected. */
export const contestedReady = (contest: Contest | undefined): ReadyOutcome | undefined => {
  const message = contestedText('target', contest);
  return message === undefined ? undefined : { status: 'False', reason: 'SecretSyncedError', message };
};

/** @param what - is changed back; undefined: it is not, or not often enough to speak of it */
export const contestedText = (what: string, contest: Contest | undefined): string | undefined => {
  if (contest?.by === undefined || contest.corrections < FREE_CORRECTIONS) return undefined;
  return contest.by === ''
    ? `${what} is deleted or changed again and again by somebody else`
    : `${what} is changed again and again by another field manager: ${contest.by}`;
};
