import { toRequests } from '../domain/message.ts';
import { parseRef } from '../domain/object-ref.ts';
import {
  ClusterForbiddenError,
  ClusterRejectedError,
  ClusterSilentError,
  ClusterUnreachableError,
  WriteConflictError,
} from '../domain/sync-error.ts';
import { createPatience, type Patience } from './patience.ts';
import type { ClusterClient, ClusterClients } from './ports/cluster-client.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log } from './ports/runtime.ts';
import type { Outage, Outages, States } from './ports/tables.ts';

/** Longer than a call's deadline, so that one asks at a time. */
const MIN_PAUSE_MILLISECONDS = 6_000;
const MAX_PAUSE_MILLISECONDS = 15_000;

/** Who wakes later than this was paused itself: answers may wait to be read. */
const OVERSLEPT_MILLISECONDS = 100;

export interface SpareSilentClustersDeps {
  readonly clients: ClusterClients;
  readonly outages: Outages;
  readonly states: States;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly traceId: () => string;
}

/**
 * Clients that do not wait for a cluster which somebody else, in any container, waits for in vain. So a dead cluster
 * holds one worker at a time, and the others' stay free.
 *
 * ```text
 *   answers --silent--> down: nobody asks --pause is over--> one asks --silent--> down
 *      ^                                                        |
 *      '------- what failed meanwhile is woken <-----answers----'
 * ```
 *
 * A client is good for one request: its first call takes the leave to ask, and after one without an answer it makes no other.
 * @throws ClusterUnreachableError - the cluster is down, and it is not yet time to ask
 */
export const createSpareSilentClusters = (deps: SpareSilentClustersDeps): ClusterClients => {
  const patience = createPatience();
  return async (name, signal) => {
    const outage = await deps.outages.get(name, signal);
    if (outage !== undefined && deps.clock.now() < outage.askAgainAt) throw notYet(outage);
    return listening(await deps.clients(name, signal), createEar({ ...deps, patience }, name, outage));
  };
};

const notYet = ({ since }: Outage): ClusterUnreachableError =>
  new ClusterUnreachableError('the API server did not answer lately and is not asked again yet', { downSince: since });

/** @throws ClusterUnreachableError - somebody else was quicker, and the cluster is still down */
const takeLeave = async ({ outages, clock }: SpareSilentClustersDeps, name: string, outage: Outage): Promise<void> => {
  const now = clock.now();
  const pause = Math.min(Math.max(now - outage.since, MIN_PAUSE_MILLISECONDS), MAX_PAUSE_MILLISECONDS);
  if (await outages.put(name, outage, { since: outage.since, askAgainAt: now + pause })) return;
  if ((await outages.get(name)) !== undefined) throw notYet(outage);
};

/** What one request hears of its cluster. */
interface Ear {
  readonly hear: <T>(call: () => Promise<T>) => Promise<T>;
}

interface EarDeps extends SpareSilentClustersDeps {
  readonly patience: Patience;
}

const createEar = (deps: EarDeps, name: string, outage: Outage | undefined): Ear => {
  const { outages, patience, clock, log } = deps;
  let known = outage !== undefined;
  let downSince = outage?.since;
  let silent: ClusterSilentError | undefined;
  let leave: Promise<void> | undefined;

  /** @returns whether others wait for the cluster already, so that this one need not */
  const tellSilence = async (): Promise<boolean> => {
    if (known) return false;
    known = true;
    const now = clock.now();
    downSince = now;
    const told = await outages.put(name, undefined, { since: now, askAgainAt: now + MIN_PAUSE_MILLISECONDS });
    if (told) log.warn('cluster does not answer', { cluster: name });
    return !told;
  };
  const down = () => (downSince === undefined ? {} : { downSince });
  const tellAnswer = async (): Promise<void> => {
    patience.heard(name, clock.now());
    if (!known) return;
    known = false;
    if (!(await outages.end(name))) return;
    log.info('cluster answers again', { cluster: name });
    await wakeFailed(deps, name);
  };

  /** False: it was answered. */
  const isSilent = async (askedAt: number, answered: AbortSignal): Promise<boolean> => {
    let end = patience.endsAt(name, askedAt);
    while (end > clock.now()) {
      const slept = await clock.sleep(end - clock.now(), answered).then(
        () => true,
        () => false,
      );
      if (!slept) return false;
      const overslept = clock.now() - end > OVERSLEPT_MILLISECONDS;
      end = Math.max(patience.endsAt(name, askedAt), overslept ? clock.now() + OVERSLEPT_MILLISECONDS : 0);
    }
    return true;
  };

  /** Runs `call`, and tells of its silence while it still lasts. A write that is given up may still land; it is conditional. */
  const hearOut = async <T>(call: () => Promise<T>): Promise<T> => {
    const answered = new AbortController();
    const askedAt = clock.now();
    const asking = call().finally(() => answered.abort());
    asking.then(
      () => patience.learn(name, clock.now() - askedAt),
      () => undefined, // who gives up hears no more of it
    );
    if ((await isSilent(askedAt, answered.signal)) && (await tellSilence()))
      throw new ClusterSilentError('the API server does not answer, and another call waits for it', down());
    return asking;
  };

  return {
    hear: async (call) => {
      if (silent !== undefined) throw silent;
      if (outage !== undefined) {
        // not when the client is opened: many requests find nothing to do, and would take the turn of one that does
        leave ??= takeLeave(deps, name, outage);
        await leave;
      }
      try {
        const answer = await hearOut(call);
        await tellAnswer();
        return answer;
      } catch (error) {
        if (error instanceof ClusterSilentError) {
          await tellSilence();
          silent = new ClusterSilentError(error.message, down());
          throw silent;
        }
        if (isAnswer(error)) await tellAnswer();
        throw error;
      }
    },
  };
};

/** The API server's own refusals. Of `ClusterUnreachableError` nobody knows who gave it: some are ours. */
const isAnswer = (error: unknown): boolean =>
  error instanceof ClusterForbiddenError ||
  error instanceof ClusterRejectedError ||
  error instanceof WriteConflictError;

/** Objects wait up to minutes for their next try; it may as well be now. */
const wakeFailed = async ({ states, messages, traceId }: SpareSilentClustersDeps, cluster: string): Promise<void> => {
  const failed = [...(await states.list(cluster))].filter(([, { failures }]) => failures > 0);
  const objects = failed.map(([text]) => parseRef(text));
  const requests = toRequests(objects, { cluster, cause: { type: 'feed' }, traceId: traceId() });
  if (requests.length > 0) await messages.send(requests);
};

/** Every call that ends; a watch does not, and the feed has its own way of telling whether it lives. */
const listening = (client: ClusterClient, { hear }: Ear): ClusterClient => ({
  watchObjects: client.watchObjects,
  readSecret: (...args) => hear(() => client.readSecret(...args)),
  createSecret: (...args) => hear(() => client.createSecret(...args)),
  replaceSecret: (...args) => hear(() => client.replaceSecret(...args)),
  deleteSecret: (...args) => hear(() => client.deleteSecret(...args)),
  findSecrets: (...args) => hear(() => client.findSecrets(...args)),
  readConfigMap: (...args) => hear(() => client.readConfigMap(...args)),
  readManifest: (...args) => hear(() => client.readManifest(...args)),
  createManifest: (...args) => hear(() => client.createManifest(...args)),
  replaceManifest: (...args) => hear(() => client.replaceManifest(...args)),
  deleteManifest: (...args) => hear(() => client.deleteManifest(...args)),
  readObject: (...args) => hear(() => client.readObject(...args)),
  readGenerator: (...args) => hear(() => client.readGenerator(...args)),
  createObject: (...args) => hear(() => client.createObject(...args)),
  replaceObject: (...args) => hear(() => client.replaceObject(...args)),
  deleteObject: (...args) => hear(() => client.deleteObject(...args)),
  replaceStatus: (...args) => hear(() => client.replaceStatus(...args)),
  setFinalizers: (...args) => hear(() => client.setFinalizers(...args)),
  recordEvent: (...args) => hear(() => client.recordEvent(...args)),
  listObjects: (...args) => hear(() => client.listObjects(...args)),
  readServiceAccount: (...args) => hear(() => client.readServiceAccount(...args)),
  requestToken: (...args) => hear(() => client.requestToken(...args)),
  kubeSystemUid: (...args) => hear(() => client.kubeSystemUid(...args)),
  mayI: (...args) => hear(() => client.mayI(...args)),
});
