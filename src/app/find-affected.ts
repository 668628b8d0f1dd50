import { type ReconcileRequest, toRequests } from '../domain/message.ts';
import { formatRef, type ServedRef } from '../domain/object-ref.ts';
import type { SecretChange } from '../domain/secret-change.ts';
import type { Messages } from './ports/messages.ts';
import type { Log, Metrics } from './ports/runtime.ts';
import type { Dependant, Dependants, HandledEvents } from './ports/tables.ts';

export interface FindAffectedDeps {
  readonly dependants: Dependants;
  readonly handledEvents: HandledEvents;
  readonly messages: Messages;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * From a changed secret to the objects that read it. The version is announced before anybody is asked to read, and the
 * event counts as handled only after its messages were sent: a crash in between repeats all of it, which is harmless.
 */
export const createFindAffected =
  ({ dependants, handledEvents, messages, log, metrics }: FindAffectedDeps) =>
  async (change: SecretChange, signal?: AbortSignal): Promise<void> => {
    if (await handledEvents.has(change.eventId, signal)) {
      log.info('event repeated', { eventId: change.eventId });
      return;
    }
    await announce(dependants, change);
    const affected = (await Promise.all(change.keys.map((key) => dependants.of(key, signal)))).flat();
    const requests = byCluster(affected).flatMap(([cluster, objects]) =>
      toRequests(objects, { cluster, cause: causeOf(change), traceId: change.eventId }),
    );
    if (requests.length > 0) await messages.send(requests);
    await handledEvents.add(change.eventId);
    metrics.count('SecretChanges', { reason: requests.length > 0 ? 'Sent' : 'NoDependants' });
    log.info('secret changed', {
      eventId: change.eventId,
      keys: change.keys.map(({ name }) => name),
      dependants: affected.length,
      requests: requests.length,
    });
  };

const announce = async (dependants: Dependants, { keys, currentVersion, at }: SecretChange): Promise<void> => {
  if (currentVersion === undefined) return;
  const versions = currentVersion === '' ? [] : [currentVersion];
  await Promise.all(keys.map((key) => dependants.announce(key, { at, versions })));
};

const causeOf = ({ eventId, at, currentVersion = '' }: SecretChange): ReconcileRequest['cause'] => ({
  type: 'event',
  eventId,
  at,
  ...(currentVersion === '' ? {} : { versionId: currentVersion }),
});

/** Each object once, although several readings of an ARN may have led to it. */
const byCluster = (affected: readonly Dependant[]): readonly (readonly [string, readonly ServedRef[]])[] => {
  const clusters = new Map<string, Map<string, ServedRef>>();
  for (const { cluster, ref } of affected) {
    const objects = clusters.get(cluster) ?? new Map<string, ServedRef>();
    clusters.set(cluster, objects.set(formatRef(ref), ref));
  }
  return [...clusters].map(([cluster, objects]) => [cluster, [...objects.values()]]);
};
