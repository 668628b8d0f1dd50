/** The newest versions a remote key announced. Events of one second cannot be told apart in time, so all of them count. */
export interface Announcement {
  /** Epoch milliseconds of the event, in whole seconds. */
  readonly at: number;
  /** Version ids that became current in that second. Empty where events name no version (Parameter Store). */
  readonly versions: readonly string[];
  /** Epoch milliseconds of the event that told last of the key's deletion, in whole seconds. */
  readonly goneAt?: number;
}

/** A deletion announces no version; it bears on what is read when no later event does. */
export const announceDeletion = (at: number): Announcement => ({ at: 0, versions: [], goneAt: at });

/** Reads older than this much after an announcement are taken as they are. */
export const ANNOUNCEMENT_HOLDS_MILLISECONDS = 90_000;

/**
 * Lists of secrets may not show what happened in the last five minutes; clocks differ, so a little more is allowed for.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
export const LISTS_LAG_MILLISECONDS = 6 * 60_000;

export const EVENT_TIME_STEP_MILLISECONDS = 1_000;

/** The later event wins; events of the same second are kept together. A deletion stands beside the versions. */
export const mergeAnnouncement = (known: Announcement | undefined, next: Announcement): Announcement => {
  const { at, versions } = known === undefined ? next : laterVersions(known, next);
  const goneAt = Math.max(known?.goneAt ?? 0, next.goneAt ?? 0);
  return { at, versions, ...(goneAt > 0 ? { goneAt } : {}) };
};

const laterVersions = (known: Announcement, next: Announcement): Announcement => {
  if (next.at !== known.at) return next.at > known.at ? next : known;
  return { at: known.at, versions: [...new Set([...known.versions, ...next.versions])] };
};

/**
 * Whether an event tells of a version that was announced a moment ago: one change sends several events. A version that
 * became current again is announced anew, as another one was in between, or a deletion.
 */
export const isToldAlready = (known: Announcement | undefined, next: Announcement): boolean =>
  known !== undefined &&
  next.versions.length > 0 &&
  next.versions.every((version) => known.versions.includes(version)) &&
  (known.goneAt ?? 0) < known.at &&
  Math.abs(next.at - known.at) <= ANNOUNCEMENT_HOLDS_MILLISECONDS;

export interface ReadCheck {
  readonly read: { readonly version: string; readonly createdAt?: number };
  /** The version the target was last written from, if any. */
  readonly written: { readonly version: string; readonly createdAt?: number } | undefined;
  readonly announcement: Announcement | undefined;
  readonly now: number;
}

/**
 * True when a read of the current version may lag behind its announcement (Secrets Manager reads are eventually consistent).
 * Within one second's announcements the creation time decides: what was written already is not replaced by an earlier version.
 */
export const isStaleRead = ({ read, written, announcement, now }: ReadCheck): boolean => {
  if (announcement === undefined || now - announcement.at > ANNOUNCEMENT_HOLDS_MILLISECONDS) return false;
  if (announcement.versions.length === 0) return wasMadeBefore(read, announcement.at);
  if (!announcement.versions.includes(read.version)) return !isNewerThanAnnounced({ read, written, announcement });
  if (written === undefined || !announcement.versions.includes(written.version)) return false;
  return written.createdAt !== undefined && read.createdAt !== undefined && read.createdAt < written.createdAt;
};

/** A version made after the announced one is its successor, whose own event is still on its way: no lag at all. */
const isNewerThanAnnounced = ({
  read,
  written,
  announcement,
}: Pick<ReadCheck, 'read' | 'written'> & { readonly announcement: Announcement }): boolean => {
  if (read.createdAt === undefined) return false;
  if (read.createdAt >= announcement.at + EVENT_TIME_STEP_MILLISECONDS) return true;
  const isAnnounced = written !== undefined && announcement.versions.includes(written.version);
  return isAnnounced && written.createdAt !== undefined && read.createdAt > written.createdAt;
};

/** A read that found nothing; `written.version` is empty when nothing was found the last time either. */
export type AbsenceCheck = Omit<ReadCheck, 'read'>;

/**
 * True when a key that announced itself was never seen since: then "not found" lags behind too, and is no proof that
 * the key is gone. Unless it was deleted in a later second.
 */
export const isStaleAbsence = ({ written, announcement, now }: AbsenceCheck): boolean => {
  if (announcement === undefined || now - announcement.at > ANNOUNCEMENT_HOLDS_MILLISECONDS) return false;
  if (announcement.goneAt !== undefined && announcement.goneAt > announcement.at) return false;
  if (written?.version === '') return (written.createdAt ?? 0) < announcement.at + EVENT_TIME_STEP_MILLISECONDS;
  return written === undefined || isStaleRead({ read: written, written, announcement, now });
};

/** Event times are whole seconds: a version of the same second is the announced one. */
const wasMadeBefore = ({ createdAt }: ReadCheck['read'], at: number): boolean =>
  createdAt !== undefined && createdAt < at - EVENT_TIME_STEP_MILLISECONDS;
