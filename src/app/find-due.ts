import { SCHEDULE_PERIOD_MILLISECONDS } from '../domain/due.ts';
import { type DueCandidate, toDueChecks } from '../domain/due-check.ts';
import { type ReconcileRequest, type RequestedObject, toRequests } from '../domain/message.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log, Metrics } from './ports/runtime.ts';
import type { ClusterRegistry, DueObject, FeedPositions, States } from './ports/tables.ts';

/** Taken due objects that nobody finished (a lost message, a crash) come due again after this. */
const TAKEN_FOR_MILLISECONDS = 10 * 60_000;

/** Objects sent in one minute from one shard of the index; the rest follow a minute later. */
const MAX_DUE_A_SHARD = 2_000;

/** A cluster whose feed has heard nothing for this long raises an alarm. */
const SILENT_AFTER_MILLISECONDS = 5 * 60_000;

export interface FindDueDeps {
  readonly registry: ClusterRegistry;
  readonly states: States;
  readonly positions: FeedPositions;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly traceId: () => string;
}

/**
 * Sends what comes due until the schedule runs again, each object to be delivered at its due time. The due time moves
 * before the message goes, so two runs cannot both send an object, and one that is lost comes due again. Those of paused
 * clusters are moved on unsent, lest they fill the index and keep others from being found. ExternalSecrets go many to a
 * message, of all clusters: one listing of versions may prove them all current.
 */
export const createFindDue =
  (deps: FindDueDeps) =>
  async (signal?: AbortSignal): Promise<void> => {
    const now = deps.clock.now();
    const clusters = await deps.registry.list(signal);
    const serving = new Set(clusters.filter(({ mode }) => mode !== 'paused').map(({ name }) => name));
    const due = await deps.states.due(now + SCHEDULE_PERIOD_MILLISECONDS, MAX_DUE_A_SHARD, signal);
    const moved = await take(deps, due, now);
    const taken = moved.filter(({ cluster }) => serving.has(cluster));
    const checked = taken.filter(({ ref }) => ref.kind === 'ExternalSecret');
    const others = taken.filter(({ ref }) => ref.kind !== 'ExternalSecret');
    await deps.messages.sendChecks(toDueChecks(checked.map(toCandidate(now)), deps.traceId()));
    for (const [delaySeconds, requests] of groupByDelay(others, now, deps.traceId))
      await deps.messages.send(requests, delaySeconds);
    deps.metrics.count('DueObjects', {}, taken.length);
    deps.log.info('due objects sent', { due: due.length, sent: taken.length });
    await reportSilence(deps, { clusters: [...serving], now });
  };

interface Taken extends DueObject {
  /** The due time the state has now; the message carries it. */
  readonly movedTo: number;
}

const take = async ({ states }: FindDueDeps, due: readonly DueObject[], now: number): Promise<readonly Taken[]> => {
  const movedTo = now + TAKEN_FOR_MILLISECONDS;
  const taken: Taken[] = [];
  for (let start = 0; start < due.length; start += 25) {
    const moved = await Promise.all(
      due
        .slice(start, start + 25)
        .map(async (object) => ((await states.moveDue(object, movedTo)) ? object : undefined)),
    );
    for (const object of moved) if (object !== undefined) taken.push({ ...object, movedTo });
  }
  return taken;
};

/** Whole seconds until each object is due, and the requests of the objects that share it, a cluster at a time. */
const groupByDelay = (
  taken: readonly Taken[],
  now: number,
  traceId: () => string,
): readonly (readonly [number, readonly ReconcileRequest[]])[] => {
  const groups = Map.groupBy(taken, (object) => secondsUntil(object, now));
  return [...groups].map(([delaySeconds, objects]) => {
    const clusters = Map.groupBy(objects, ({ cluster }) => cluster);
    const requests = [...clusters].flatMap(([cluster, members]) =>
      toRequests(members.map(toRequested), { cluster, cause: { type: 'due' }, traceId: traceId() }),
    );
    return [delaySeconds, requests] as const;
  });
};

const secondsUntil = ({ dueAt }: Taken, now: number): number => Math.max(0, Math.ceil((dueAt - now) / 1_000));

const toCandidate =
  (now: number) =>
  (taken: Taken): DueCandidate => ({
    ...taken.ref,
    cluster: taken.cluster,
    dueAt: taken.movedTo,
    delaySeconds: secondsUntil(taken, now),
  });

const toRequested = ({ ref, movedTo }: Taken): RequestedObject => ({ ...ref, dueAt: movedTo });

const reportSilence = async (
  { positions, log, metrics }: FindDueDeps,
  { clusters, now }: { readonly clusters: readonly string[]; readonly now: number },
): Promise<void> => {
  let silentClusters = 0;
  for (const cluster of clusters) {
    const heard = (await positions.list(cluster)).map(({ heardAt }) => heardAt);
    const lastHeardAt = Math.max(0, ...heard);
    const silent = now - lastHeardAt > SILENT_AFTER_MILLISECONDS;
    if (!silent) continue;
    silentClusters += 1;
    log.warn('cluster silent', { cluster, lastHeardAt });
  }
  metrics.count('SilentClusters', {}, silentClusters);
};
