import { type Announcement, announceDeletion, isToldAlready } from '../domain/announcement.ts';
import { formatLocation } from '../domain/find-selector.ts';
import { type ListingChange, mayConcern } from '../domain/listing-change.ts';
import { type ReconcileRequest, toRequests } from '../domain/message.ts';
import { formatRef, isPushing, type ServedRef } from '../domain/object-ref.ts';
import { formatRemoteKey } from '../domain/remote-key.ts';
import type { SecretChange } from '../domain/secret-change.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log, Metrics } from './ports/runtime.ts';
import type { Dependant, Dependants, Finder, Finders, HandledEvents } from './ports/tables.ts';

/**
 * One change sends several events, of which any could be the only one to arrive. The first wakes who reads the secret; those
 * that come with it wake them again when that is done, and then mostly find nothing to do. At once they would read the
 * provider beside the first.
 */
const REPEATS_WAIT_SECONDS = 15;

export interface FindAffectedDeps {
  readonly dependants: Dependants;
  readonly finders: Finders;
  readonly handledEvents: HandledEvents;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * From a changed secret to the objects that read it. The version is announced before anybody is asked to read, and the
 * event counts as handled only after its messages were sent: a crash in between repeats all of it, which is harmless.
 */
export const createFindAffected =
  ({ dependants, finders, handledEvents, messages, clock, log, metrics }: FindAffectedDeps) =>
  async (change: SecretChange, signal?: AbortSignal): Promise<void> => {
    if (await handledEvents.has(change.eventId, signal)) {
      log.info('event repeated', { eventId: change.eventId });
      return;
    }
    const isRepeat = await announce(dependants, change);
    const at = change.listing === undefined ? change.at : clock.now();
    const looking = change.listing === undefined ? [] : await findLooking(finders, change.listing, { at, signal });
    const dependent = (await Promise.all(change.keys.map((key) => dependants.of(key, signal)))).flat();
    const reading = dependent.filter(({ ref }) => !isPushing(ref.kind)); // what is pushed does not follow what is there
    const affected = [...reading, ...looking];
    const requests = byCluster(affected).flatMap(([cluster, objects]) =>
      toRequests(objects, { cluster, cause: causeOf(change, at), traceId: change.eventId }),
    );
    // What lists show is told by one event alone, although it may speak of a version that another has announced.
    const delaySeconds = isRepeat && change.listing === undefined ? REPEATS_WAIT_SECONDS : 0;
    if (requests.length > 0) await messages.send(requests, delaySeconds);
    await handledEvents.add(change.eventId);
    metrics.count('SecretChanges', { reason: requests.length > 0 ? 'Sent' : 'NoDependants' });
    log.info('secret changed', {
      eventId: change.eventId,
      keys: change.keys.map(({ name }) => name),
      dependants: reading.length,
      finders: looking.length,
      requests: requests.length,
    });
  };

/** @returns whether another event announced the same change */
const announce = async (dependants: Dependants, change: SecretChange): Promise<boolean> => {
  const { keys, currentVersion, mentions = '', listing, at } = change;
  if (listing?.type === 'disappeared')
    await Promise.all(listing.keys.map((key) => dependants.announce(key, announceDeletion(at))));
  if (currentVersion === undefined)
    return mentions !== '' && wasAnnounced(dependants, keys, { at, versions: [mentions] });
  const next = { at, versions: currentVersion === '' ? [] : [currentVersion] };
  const known = await Promise.all(keys.map((key) => dependants.announce(key, next)));
  return known.every((before) => isToldAlready(before, next));
};

const wasAnnounced = async (
  dependants: Dependants,
  keys: SecretChange['keys'],
  next: Announcement,
): Promise<boolean> => {
  const known = await dependants.announcements(keys);
  return keys.every((key) => isToldAlready(known.get(formatRemoteKey(key)), next));
};

/**
 * Those whose searches the change may concern. It is noted first: who looks from then on asks for the secret itself, since
 * lists may not show the change yet, and who began to look before is among the finders.
 */
const findLooking = async (
  finders: Finders,
  listing: ListingChange,
  { at, signal }: { readonly at: number; readonly signal: AbortSignal | undefined },
): Promise<readonly Finder[]> => {
  await Promise.all(listing.keys.map((key) => finders.note(key, at)));
  const places = new Map(listing.keys.map(({ name: _, ...location }) => [formatLocation(location), location]));
  const known = await Promise.all([...places.values()].map((location) => finders.of(location, signal)));
  return known.flat().filter(({ selector }) => mayConcern(selector, listing));
};

/** @param at - a pass that begins later has read what the event tells of: what changed, or that it was noted */
const causeOf = ({ eventId, currentVersion, mentions }: SecretChange, at: number): ReconcileRequest['cause'] => {
  const versionId = currentVersion || mentions;
  return { type: 'event', eventId, at, ...(versionId ? { versionId } : {}) };
};

/** Each object once, although several readings of an ARN may have led to it. */
const byCluster = (affected: readonly Dependant[]): readonly (readonly [string, readonly ServedRef[]])[] => {
  const clusters = new Map<string, Map<string, ServedRef>>();
  for (const { cluster, ref } of affected) {
    const objects = clusters.get(cluster) ?? new Map<string, ServedRef>();
    clusters.set(cluster, objects.set(formatRef(ref), ref));
  }
  return [...clusters].map(([cluster, objects]) => [cluster, [...objects.values()]]);
};
