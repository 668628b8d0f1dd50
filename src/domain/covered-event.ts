import { EVENT_TIME_STEP_MILLISECONDS } from './announcement.ts';
import type { Cause } from './message.ts';
import type { ReadVersion, SyncState } from './sync-state.ts';

/**
 * Whether what an event tells of is in the target already, so that nothing need be read for it. One rotation sends four
 * events and more, in any order and over a minute; the first brings the version in, the others are covered by it:
 *
 * - by version: the event speaks of the version that the target was written from;
 * - by time: a pass that began after the event read what it tells of, or something newer. So a burst of changes costs a few
 *   passes and not one each. A pass whose read was made of older versions only may have been answered late, and does not count.
 *
 * After a failure nothing is covered.
 */
export const isCoveredEvent = (cause: Cause, state: SyncState | undefined): boolean => {
  if (cause.type !== 'event' || state?.verifiedAt === undefined || state.failures > 0) return false;
  return isWritten(cause.versionId, state.versions) || isReadSince(cause, { ...state, verifiedAt: state.verifiedAt });
};

/** Other stages than the current one may have moved with it: an object that reads them looks again. */
const isWritten = (version: string | undefined, versions: readonly ReadVersion[]): boolean =>
  version !== undefined && versions.every(isCurrent) && versions.some((written) => written.version === version);

const isReadSince = (
  { at, versionId }: Extract<Cause, { type: 'event' }>,
  { verifiedAt, versions }: Pick<SyncState, 'versions'> & { readonly verifiedAt: number },
): boolean => {
  if (at === undefined || verifiedAt < at + EVENT_TIME_STEP_MILLISECONDS) return false;
  const current = versions.filter(isCurrent);
  if (versionId === undefined || current.length === 0) return true;
  return current.some(
    ({ version, createdAt }) => version === versionId || (createdAt ?? at) >= at - EVENT_TIME_STEP_MILLISECONDS,
  );
};

/** By the id of its read, which ends in the version asked for. */
const isCurrent = ({ id }: ReadVersion): boolean => /#(?:AWSCURRENT)?$/.test(id);
