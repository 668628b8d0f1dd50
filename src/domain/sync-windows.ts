import { firstFiringBetween, parseCronSchedule } from './cron-schedule.ts';
import { parseGoDuration } from './go-duration.ts';

export interface SyncWindow {
  /** Five cron fields in UTC, or a descriptor such as `@daily` or `@every 1h`. */
  readonly schedule: string;
  /** Go duration. */
  readonly duration: string;
}

/** `spec.syncWindows`. A kind other than `allow` and `deny` restricts nothing. */
export interface SyncWindows {
  readonly kind: string;
  readonly windows: readonly SyncWindow[];
}

const SECOND_MILLISECONDS = 1000;

/**
 * Whether time alone may refresh an object now. A window whose schedule or duration cannot be read counts as closed, so
 * `allow` with nothing but bad schedules blocks forever.
 *
 * @param now - epoch milliseconds
 */
export const mayRefreshInWindows = (syncWindows: SyncWindows | undefined, now: number): boolean => {
  if (syncWindows === undefined || syncWindows.windows.length === 0) {
    return true;
  }
  const open = () => syncWindows.windows.some((window) => isOpen(window, now));
  switch (syncWindows.kind) {
    case 'allow':
      return open();
    case 'deny':
      return !open();
    default:
      return true;
  }
};

/**
 * A window opens at each firing and closes `duration` later, both instants included. As in the reference only the
 * first firing after `now - duration - 1 s` is looked at; so with fractions of a second, and a schedule that fires again
 * before the window has closed, there are gaps shorter than a second.
 */
const isOpen = ({ schedule, duration }: SyncWindow, now: number): boolean => {
  const milliseconds = readDuration(duration);
  if (milliseconds === undefined) {
    return false;
  }
  const firing = firstFiring(schedule, now - milliseconds - SECOND_MILLISECONDS, now);
  return firing !== undefined && now <= firing + milliseconds;
};

const firstFiring = (schedule: string, after: number, until: number): number | undefined => {
  const every = /^@every (?<interval>.*)$/s.exec(schedule)?.groups?.['interval'];
  if (every !== undefined) {
    return firstOfEvery(every, after, until);
  }
  const cron = parseCronSchedule(schedule);
  return cron === undefined ? undefined : firstFiringBetween(cron, after, until);
};

/**
 * `@every` has no fixed instants: the reference counts it from whatever instant it is asked about. A window with it is
 * therefore always open when the interval is at most a second longer than the duration, and otherwise never. Kept: both
 * outcomes are harmless, and objects that rely on either see no change.
 */
const firstOfEvery = (text: string, after: number, until: number): number | undefined => {
  const interval = readDuration(text);
  if (interval === undefined) {
    return undefined;
  }
  const firing = wholeSeconds(after) + Math.max(wholeSeconds(interval), SECOND_MILLISECONDS);
  return firing <= until ? firing : undefined;
};

const wholeSeconds = (milliseconds: number): number =>
  Math.floor(milliseconds / SECOND_MILLISECONDS) * SECOND_MILLISECONDS;

const readDuration = (text: string): number | undefined => {
  try {
    return parseGoDuration(text);
  } catch {
    return undefined; // a bad value passes the API's schema and must be survived
  }
};
