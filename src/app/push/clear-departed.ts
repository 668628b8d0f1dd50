import { backOffMilliseconds, delaySecondsUntil, IDLE_CHECK_MILLISECONDS } from '../../domain/due.ts';
import type { RequestedObject } from '../../domain/message.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { formatRef, type ServedRef } from '../../domain/object-ref.ts';
import { parseStatus } from '../../domain/parse-status.ts';
import { deletionPolicyIn } from '../../domain/push/parse-push-secret.ts';
import { failedReady } from '../../domain/push/push-outcome.ts';
import type { PushedState } from '../../domain/push/pushed.ts';
import { afterObject, NOTHING_PUSHED } from '../../domain/push/pushed-memory.ts';
import { EMPTY_STATUS, withReady } from '../../domain/status.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import { isTellable } from '../failure.ts';
import { createForget, type ForgetDeps } from '../forget-object.ts';
import type { Messages } from '../ports/messages.ts';
import type { Clock, Log, Metrics } from '../ports/runtime.ts';
import type { ClusterRegistry } from '../ports/tables.ts';
import { refuseChangedRegistration } from '../registration-changed.ts';
import { adopt } from './adopt.ts';
import type { PushBatch } from './push-pass.ts';
import { refuseOtherCluster } from './refuse-other-cluster.ts';
import { removeEntries, without } from './remove-entries.ts';
import { wakeProvisioner } from './wake-provisioner.ts';

/** After so many failures, half a day of them, it is tried once a day: nobody is left to read a condition. */
const FAILURES_UNTIL_RARE = 100;

/** A cluster that cannot say whether an object is gone is asked again after this. */
const ASK_AGAIN_SECONDS = 420;

export interface ClearDepartedDeps extends ForgetDeps {
  readonly registry: Pick<ClusterRegistry, 'get'>;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
}

/** A PushSecret that is said to be gone, or is no longer known although what it pushed is. */
export interface Departure {
  readonly requested: RequestedObject;
  readonly uid: string;
  readonly traceId: string;
}

/**
 * Which objects of a request are said to be gone; not those that were made anew under their names: what the old ones left,
 * the new ones find.
 */
export const departuresIn = async (
  { mirror, states }: Pick<ClearDepartedDeps, 'mirror' | 'states'>,
  {
    cluster,
    objects,
    traceId,
  }: { readonly cluster: string; readonly objects: readonly RequestedObject[]; readonly traceId: string },
): Promise<readonly Departure[]> => {
  const [mirrored, known] = await Promise.all([mirror.getMany(cluster, objects), states.getMany(cluster, objects)]);
  const byRef = new Map(mirrored.map((object) => [formatRef(object.ref), object]));
  return objects.flatMap((requested) => {
    const object = byRef.get(formatRef(requested));
    const state = known.get(formatRef(requested));
    if (object === undefined && state?.pushed === undefined) return [];
    const uid = (requested.gone === true ? requested.uid : undefined) ?? state?.uid ?? '';
    const isGone = object === undefined || (requested.gone === true && object.uid === uid);
    return isGone ? [{ requested, uid, traceId }] : [];
  });
};

/**
 * Removes what objects that are gone have pushed, as their policies said, and forgets them. That they are gone is proven
 * first: Kubernetes has no such object, and the cluster is the one that was registered. Until all is removed the state
 * keeps what is left, and is due again.
 */
export const createClearDeparted = (deps: ClearDepartedDeps) => {
  const forget = createForget(deps);

  /** Whoever only watches removes nothing, and keeps what an active registration has to remove. */
  const leave = async ({ uid }: Departure, ref: ServedRef, cluster: string): Promise<void> => {
    const left = (await deps.states.get(cluster, ref))?.pushed?.entries.length ?? 0;
    if (left === 0) await forget(cluster, ref, uid);
    else deps.log.info('would remove what a deleted object pushed', { cluster, ...ref, left });
  };

  const clear = async (departure: Departure, batch: PushBatch, signal?: AbortSignal): Promise<void> => {
    const { requested, uid } = departure;
    const ref: ServedRef = { kind: requested.kind, namespace: requested.namespace, name: requested.name };
    const { cluster } = batch.scope;
    if (!(await isProven(deps, { ...departure, batch }, signal))) return;
    if (cluster.mode === 'observe') return leave(departure, ref, cluster.name);
    const object = await deps.mirror.get(cluster.name, ref);
    if (object?.uid === uid) await wakeProvisioner(deps, { cluster: cluster.name, object, traceId: departure.traceId });
    // The mirror first: a pass that still knows the object finds it gone after it has stored what it is about to push.
    await deps.mirror.remove(cluster.name, ref, uid);
    const state = await deps.states.get(cluster.name, ref);
    if (state !== undefined && state.uid !== uid) return; // another object's by now, which has taken over
    const left = await leftBy({ object: object?.uid === uid ? object : undefined, state, ref }, batch, deps.log);
    if (left.entries.length === 0) return forget(cluster.name, ref, uid);
    const stored = await store(deps, cluster.name, { ref, uid, state, pushed: left });
    if (stored !== undefined)
      await removeAll(deps, { ref, batch, stored, forget: () => forget(cluster.name, ref, uid) }, signal);
  };

  return async (departures: readonly Departure[], batch: PushBatch, signal?: AbortSignal): Promise<void> => {
    await Promise.all(departures.map((departure) => clear(departure, batch, signal)));
  };
};

const isProven = async (
  { messages, log }: ClearDepartedDeps,
  { requested, uid, traceId, batch }: Departure & { readonly batch: PushBatch },
  signal?: AbortSignal,
): Promise<boolean> => {
  const { cluster, client } = batch.scope;
  try {
    const current = await client.readObject(requested, signal);
    await refuseOtherCluster(client, cluster, signal);
    return current?.uid !== uid;
  } catch (error) {
    if (!isTellable(error)) throw error;
    log.warn('whether an object is gone is not known', {
      cluster: cluster.name,
      ...refOf(requested),
      reason: error.reason,
    });
    await messages.send(
      [{ cluster: cluster.name, cause: { type: 'feed' }, traceId, objects: [requested] }],
      ASK_AGAIN_SECONDS,
    );
    return false;
  }
};

const refOf = ({ kind, namespace, name }: ServedRef) => ({ kind, namespace, name });

interface Remains {
  /** As it was last seen. */
  readonly object: MirroredObject | undefined;
  readonly state: SyncState | undefined;
  readonly ref: ServedRef;
}

const leftBy = async ({ object, state, ref }: Remains, batch: PushBatch, log: Log): Promise<PushedState> => {
  const pushed = state?.pushed ?? NOTHING_PUSHED;
  const deletes = object === undefined ? pushed.deletes === true : deletionPolicyIn(object) === 'Delete';
  if (object === undefined || !deletes) return afterObject(pushed, deletes);
  try {
    const synced = (state?.status ?? parseStatus(object)).syncedPushSecrets ?? {};
    return afterObject(await adopt({ pushed, synced, pass: { ref, state } }, batch), deletes);
  } catch (error) {
    if (!isTellable(error)) throw error;
    log.warn('what another pushed is not removed', { ...ref, reason: error.reason, error: error.message });
    return afterObject(pushed, deletes);
  }
};

interface Storing {
  readonly ref: ServedRef;
  readonly uid: string;
  readonly state: SyncState | undefined;
  readonly pushed: PushedState;
}

/** @returns the state as stored; undefined: somebody was quicker, and this message, or that one's due time, comes again */
const store = async (
  { states, messages, clock }: ClearDepartedDeps,
  cluster: string,
  { ref, uid, state, pushed }: Storing,
): Promise<SyncState | undefined> => {
  const { revision: expected, ...before } = state ?? {
    revision: 0,
    versions: [],
    stores: [],
    failures: 0,
    status: EMPTY_STATUS,
  };
  const keys = pushed.entries.map(({ key }) => key);
  const next = {
    ...before,
    uid,
    pushed,
    dependsOn: [...new Set([...(state?.dependsOn ?? []), ...keys])],
    dueAt: clock.now() + 60_000,
  };
  if (await states.put(cluster, ref, { expected, state: next })) return { ...next, revision: expected + 1 };
  await messages.send([{ cluster, cause: { type: 'feed' }, traceId: uid, objects: [{ ...ref, uid, gone: true }] }], 1);
  return undefined;
};

interface RemovingAll {
  readonly ref: ServedRef;
  readonly batch: PushBatch;
  readonly stored: SyncState;
  readonly forget: () => Promise<void>;
}

const removeAll = async (
  deps: ClearDepartedDeps,
  { ref, batch, stored, forget }: RemovingAll,
  signal?: AbortSignal,
): Promise<void> => {
  const { cluster, client } = batch.scope;
  let pushed = stored.pushed ?? NOTHING_PUSHED;
  const removal = {
    deps,
    cluster: cluster.name,
    ref,
    stores: batch.stores,
    beforeRemoval: async () => {
      await refuseChangedRegistration(deps.registry, cluster, signal);
      await refuseOtherCluster(client, cluster, signal);
    },
    signal,
  };
  try {
    await removeEntries(removal, pushed, (entry) => {
      pushed = without(pushed, entry);
    });
    deps.log.info('what a deleted object pushed is removed', { cluster: cluster.name, ...ref });
    await forget();
  } catch (error) {
    if (!isTellable(error)) throw error;
    const failures = stored.failures + 1;
    const { revision: expected, ...before } = stored;
    const dueAt =
      deps.clock.now() +
      (failures > FAILURES_UNTIL_RARE ? IDLE_CHECK_MILLISECONDS : backOffMilliseconds(failures, deps.random()));
    deps.log.warn('what a deleted object pushed is not removed', {
      cluster: cluster.name,
      ...ref,
      left: pushed.entries.length,
      reason: error.reason,
      error: error.message,
    });
    deps.metrics.count('RemovalsFailed', { cluster: cluster.name, kind: ref.kind, reason: error.reason });
    const ready = failedReady(`Failed to Delete Secrets from Provider: ${error.message}`);
    const status = withReady(before.status, ready, deps.clock.now()); // nobody is left to be told in the cluster
    if (await deps.states.put(cluster.name, ref, { expected, state: { ...before, status, pushed, failures, dueAt } }))
      await lookAgainSoon(deps, cluster.name, { ...ref, uid: stored.uid, dueAt });
  }
};

/** The schedule looks once a minute: what is due before is sent now, to be delivered then. */
const lookAgainSoon = async (
  { messages, clock }: ClearDepartedDeps,
  cluster: string,
  requested: RequestedObject & { readonly dueAt: number },
): Promise<void> => {
  const delaySeconds = delaySecondsUntil(requested.dueAt, clock.now());
  if (delaySeconds === undefined) return;
  const traceId = requested.uid ?? '';
  await messages.send([{ cluster, cause: { type: 'due' }, traceId, objects: [requested] }], delaySeconds);
};
