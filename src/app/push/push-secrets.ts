import type { Cluster } from '../../domain/cluster.ts';
import { formatRef } from '../../domain/object-ref.ts';
import { KeyBusyError } from '../../domain/push/key-busy-error.ts';
import { deletionPolicyIn, parsePushSecret } from '../../domain/push/parse-push-secret.ts';
import type { PushSecret } from '../../domain/push/push-secret.ts';
import { afterObject, NOTHING_PUSHED, remembers } from '../../domain/push/pushed-memory.ts';
import { parseRemoteKey } from '../../domain/remote-key.ts';
import { servedIntervalMilliseconds } from '../../domain/served-interval.ts';
import { causesOf, QuotaSpentError, SyncError } from '../../domain/sync-error.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import { ObjectGoneError, refuseGone } from '../carry-out.ts';
import { countRefusal } from '../count-refusal.ts';
import { isTellable } from '../failure.ts';
import type { Engines } from '../ports/engine.ts';
import type { Messages } from '../ports/messages.ts';
import type { Clock, Log, Metrics } from '../ports/runtime.ts';
import type { ClusterRegistry, Dependants, Mirror, States } from '../ports/tables.ts';
import type { RecordUse } from '../record-use.ts';
import { RegistrationChangedError, refuseChangedRegistration } from '../registration-changed.ts';
import { releaseUnlessForeign } from '../release-finalizers.ts';
import type { createReport } from '../report.ts';
import { shelve } from '../shelve.ts';
import { type Pass, type Uses, usesOf } from '../sync-pass.ts';
import { untilQuotaIsFree } from '../verify.ts';
import { wholeObject } from '../whole-object.ts';
import { type PushWork, pushOne } from './push-one.ts';
import type { Progress, PushBatch, PushOutcome } from './push-pass.ts';
import { refuseOtherCluster } from './refuse-other-cluster.ts';
import { isOthers } from './select-stores.ts';
import { settlePush, toFailed } from './settle-push.ts';
import { takeBack } from './take-back.ts';

/** Until it was told how a push ended, it is looked at again this soon: whoever was at it may have ended. */
const LOOK_AGAIN_MILLISECONDS = 60_000;

export interface PushSecretsDeps {
  readonly registry: Pick<ClusterRegistry, 'get'>;
  readonly mirror: Pick<Mirror, 'get'>;
  readonly states: States;
  readonly dependants: Dependants;
  readonly recordUse: RecordUse;
  readonly engines: Engines;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly report: ReturnType<typeof createReport>;
}

/** Another pass stored its result first, or the object is no more: what this one knows is old. */
class SupersededError extends SyncError {
  override readonly name = 'SupersededError';
  readonly reason = 'Superseded';
  readonly retryable = true;
}

/** @returns the passes whose result came too late and that must run again */
export const createPushSecrets =
  (deps: PushSecretsDeps) =>
  async (passes: readonly Pass[], batch: PushBatch, signal?: AbortSignal): Promise<readonly Pass[]> => {
    const outdated = await Promise.all(passes.map((pass) => runPass(deps, { pass, batch }, signal)));
    return outdated.flatMap((pass) => pass ?? []);
  };

const runPass = async (
  deps: PushSecretsDeps,
  { pass: found, batch }: { readonly pass: Pass; readonly batch: PushBatch },
  signal?: AbortSignal,
): Promise<Pass | undefined> => {
  const { cluster } = batch.scope;
  if (found.redelivered) await deps.recordUse.again(cluster.name, found);
  const progress = begin(found);
  const outcome = await runUntilEnd(deps, { progress, batch }, signal);
  note(deps, cluster.name, { progress, outcome });
  if (outcome === 'superseded') return found;
  if (outcome.type === 'put-off') {
    const { cause, traceId, request, attempt, redelivered } = found;
    const again = { cluster: cluster.name, cause, traceId, objects: [request], attempt: attempt + 1 };
    await deps.messages.send([{ ...again, ...(redelivered && { redelivered }) }], outcome.delaySeconds);
    return undefined;
  }
  if (outcome.type === 'left-alone' || cluster.mode === 'observe') {
    await shelve(deps.states, cluster.name, found);
    return undefined;
  }
  return tell(deps, { progress, outcome, batch });
};

const tell = async (
  deps: PushSecretsDeps,
  {
    progress,
    outcome,
    batch: { scope },
  }: {
    readonly progress: Progress;
    readonly outcome: Exclude<PushOutcome, { type: 'put-off' | 'left-alone' }>;
    readonly batch: PushBatch;
  },
): Promise<Pass | undefined> => {
  const { pass } = progress;
  const { name } = scope.cluster;
  const keys = [...new Set(progress.pushed.entries.map(({ key }) => key))];
  const uses: Uses = { dependsOn: keys, stores: progress.stores, finds: [] };
  const before = usesOf(pass);
  const stale: Uses = {
    dependsOn: before.dependsOn.filter((key) => !keys.includes(key)),
    stores: before.stores.filter((store) => !progress.stores.includes(store)),
    finds: [],
  };
  progress.dependsOn = [...uses.dependsOn, ...stale.dependsOn];
  progress.stores = [...uses.stores, ...stale.stores];
  const report = settlePush(progress, outcome, deps.random());
  const stored = await deps.report({ cluster: name, client: scope.client }, pass, report);
  if (stored === 'superseded') return pass;
  await deps.recordUse.forget(name, pass.ref, { stale, uses, stored });
  return undefined;
};

const begin = (pass: Pass): Progress => {
  const { state, earlier, status } = pass;
  const left = earlier?.pushed && afterObject(earlier.pushed, earlier.pushed.deletes === true);
  const known = usesOf(pass);
  return {
    pass: { ...pass, ps: UNREAD },
    pushed: state?.pushed ?? left ?? NOTHING_PUSHED,
    synced: status.syncedPushSecrets ?? {},
    done: [],
    wrote: false,
    stores: known.stores,
    dependsOn: known.dependsOn,
  };
};

/** Of an object whose spec cannot be read: it says nothing about its interval either. */
const UNREAD: PushSecret = parsePushSecret({
  ref: { kind: 'PushSecret', namespace: '', name: '' },
  uid: '',
  resourceVersion: '0',
  generation: 0,
  labels: {},
  annotations: {},
  finalizers: [],
  spec: { secretStoreRefs: [], selector: {} },
});

interface Running {
  readonly progress: Progress;
  readonly batch: PushBatch;
}

const runUntilEnd = async (
  deps: PushSecretsDeps,
  running: Running,
  signal?: AbortSignal,
): Promise<PushOutcome | 'superseded'> => {
  try {
    return await run(deps, running, signal);
  } catch (error) {
    return endOf(error, running.progress.pass);
  }
};

const run = async (deps: PushSecretsDeps, running: Running, signal?: AbortSignal): Promise<PushOutcome> => {
  const { progress, batch } = running;
  const { cluster, client } = batch.scope;
  const object = await wholeObject(client, progress.pass.object, signal);
  const isForeign = () => isOthers(object, batch, signal);
  const release = async (): Promise<void> => {
    const released = await releaseUnlessForeign(client, progress.pass, { log: deps.log, isForeign });
    progress.pass = { ...progress.pass, object: released.object };
  };
  const work = workOf(deps, running, signal);
  if (object.deletionTimestamp !== undefined) {
    if (await isForeign()) return LEFT_ALONE;
    return takeBack(deps, { ...work, release, deletes: deletionPolicyIn(object) === 'Delete' });
  }
  await release();
  try {
    progress.pass = { ...progress.pass, ps: withServedInterval(parsePushSecret(object), cluster) };
  } catch (error) {
    if (error instanceof SyncError && (await isForeign())) return LEFT_ALONE;
    throw error;
  }
  return pushOne(deps, work);
};

const LEFT_ALONE: PushOutcome = { type: 'left-alone' };

/** As the cluster's registration lets it be served. */
const withServedInterval = (ps: PushSecret, cluster: Cluster): PushSecret => ({
  ...ps,
  refreshIntervalMilliseconds: servedIntervalMilliseconds(ps.refreshIntervalMilliseconds, cluster),
});

const workOf = (deps: PushSecretsDeps, { progress, batch }: Running, signal?: AbortSignal): PushWork => {
  const { cluster, client } = batch.scope;
  let proof: Promise<void> | undefined;
  const prove = async (): Promise<void> => {
    await refuseOtherCluster(client, cluster, signal);
    const { object } = progress.pass;
    if (object.deletionTimestamp === undefined) await refuseGone({ client, object, now: deps.clock.now() }, signal);
  };
  return {
    progress,
    batch,
    engine: deps.engines.forObject(),
    remember: () => remember(deps, cluster, progress),
    beforeChange: async () => {
      await refuseChangedRegistration(deps.registry, cluster, signal);
      proof ??= prove();
      await proof;
    },
    signal,
  };
};

/**
 * Stores what is about to be pushed or removed, and where it is found from then on. Whoever sees the object gone afterwards
 * finds it there; who saw it before is seen here.
 * @throws SupersededError
 */
const remember = async (deps: PushSecretsDeps, { name, mode }: Cluster, progress: Progress): Promise<void> => {
  const { pass, pushed } = progress;
  const { state, object, ref } = pass;
  if (mode === 'observe') return;
  if (state === undefined ? pushed.entries.length === 0 : remembers(state.pushed ?? NOTHING_PUSHED, pushed)) return;
  const keys = [...new Set(pushed.entries.map(({ key }) => key))];
  await deps.recordUse.keys(name, pass, keys.map(parseRemoteKey));
  const known = usesOf(pass);
  const { revision: _, ...before } = state ?? { revision: 0, versions: [], failures: 0 };
  const next: Omit<SyncState, 'revision'> = {
    ...before,
    uid: object.uid,
    status: pass.status,
    pushed,
    dependsOn: [...new Set([...known.dependsOn, ...keys])],
    stores: [...new Set([...known.stores, ...progress.stores])],
    dueAt: deps.clock.now() + LOOK_AGAIN_MILLISECONDS,
  };
  if (!(await deps.states.put(name, ref, { expected: pass.revision, state: next })))
    throw new SupersededError(`${formatRef(ref)} was pushed by another pass`);
  progress.pass = { ...pass, revision: pass.revision + 1, state: { ...next, revision: pass.revision + 1 } };
  if ((await deps.mirror.get(name, ref))?.uid !== object.uid) throw new SupersededError(`${formatRef(ref)} is gone`);
};

/** @throws what cannot be told on the object */
const endOf = (error: unknown, pass: Pass): PushOutcome | 'superseded' => {
  const causes = causesOf(error);
  const is = (type: typeof SupersededError | typeof ObjectGoneError | typeof RegistrationChangedError) =>
    causes.some((cause) => cause instanceof type);
  if (is(SupersededError)) return 'superseded';
  if (is(ObjectGoneError)) return LEFT_ALONE;
  if (is(RegistrationChangedError)) return { type: 'put-off', delaySeconds: 1 };
  if (causes.some((cause) => cause instanceof QuotaSpentError || cause instanceof KeyBusyError))
    return untilQuotaIsFree(pass);
  if (!isTellable(error)) throw error;
  return toFailed(error);
};

/** One log line and one count a pass; names, durations and reasons, never content. */
const note = (
  { log, metrics, clock }: PushSecretsDeps,
  cluster: string,
  { progress: { pass, wrote }, outcome }: { readonly progress: Progress; readonly outcome: PushOutcome | 'superseded' },
): void => {
  const type = outcome === 'superseded' ? outcome : outcome.type;
  const failure = outcome === 'superseded' || outcome.type !== 'failed' ? undefined : outcome.error;
  const reason = failure?.reason ?? type;
  const durationMilliseconds = clock.now() - pass.startedAt;
  const keys = { cluster, ...pass.ref, cause: pass.cause.type, traceId: pass.traceId, reason, durationMilliseconds };
  if (failure === undefined) log.info('push ended', { ...keys, wrote });
  else log.warn('push failed', { ...keys, error: failure.message });
  metrics.count('Pushes', { cluster, kind: pass.ref.kind, reason });
  if (failure !== undefined) countRefusal(metrics, { cluster, kind: pass.ref.kind }, failure);
};
