import { acceptExternalSecret } from '../domain/accept-external-secret.ts';
import type { ExternalSecret } from '../domain/external-secret.ts';
import type { ReconcileRequest } from '../domain/message.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { withServedInterval } from '../domain/served-interval.ts';
import { claim, sourcesIn } from './claim.ts';
import { countRefusal } from './count-refusal.ts';
import { toFailure, toOutcome } from './failure.ts';
import type { SyncBatch } from './open-stores.ts';
import type { Engines } from './ports/engine.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log, Metrics } from './ports/runtime.ts';
import type { ClusterRegistry, Dependants, Finders, States, StoreUsers } from './ports/tables.ts';
import { createRecordUse, type RecordUse } from './record-use.ts';
import type { createReport } from './report.ts';
import { settle } from './settle.ts';
import { shelve } from './shelve.ts';
import { createSyncExternalSecrets } from './sync-external-secrets.ts';
import { type ExternalSecretPass, type Pass, type SyncResult, type Uses, usesOf } from './sync-pass.ts';
import { wholeObject } from './whole-object.ts';

export interface ReconcileExternalSecretsDeps {
  readonly registry: Pick<ClusterRegistry, 'get'>;
  readonly dependants: Dependants;
  readonly finders: Finders;
  readonly users: StoreUsers;
  /** Whether targets of other kinds than Secret are written. */
  readonly genericTargets: boolean;
  readonly states: States;
  readonly messages: Messages;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly report: ReturnType<typeof createReport>;
}

/** @returns the passes whose result came too late and that must run again */
export const createReconcileExternalSecrets = (deps: ReconcileExternalSecretsDeps) => {
  const recordUse = createRecordUse(deps);
  const sync = createSyncExternalSecrets({ ...deps, recordUse });
  const finish = createFinish(deps, recordUse);

  return async (passes: readonly Pass[], batch: SyncBatch, signal?: AbortSignal): Promise<readonly Pass[]> => {
    const read = await Promise.all(passes.map((pass) => readSpec({ ...deps, recordUse }, { pass, batch }, signal)));
    const readable = read.flatMap((pass) => ('es' in pass ? [pass] : []));
    const unreadable = read.flatMap((pass) => ('es' in pass ? [] : [pass]));
    const results = await sync(readable, batch, signal);
    const outdated = await Promise.all([...results, ...unreadable].map((result) => finish(batch, result)));
    return outdated.flatMap((pass) => pass ?? []);
  };
};

const readSpec = async (
  { recordUse, genericTargets }: { readonly recordUse: RecordUse; readonly genericTargets: boolean },
  { pass, batch }: { readonly pass: Pass; readonly batch: SyncBatch },
  signal?: AbortSignal,
): Promise<ExternalSecretPass | SyncResult> => {
  const uses = usesOf(pass);
  if (pass.redelivered) await recordUse.again(batch.scope.cluster.name, pass);
  try {
    const object = await wholeObject(batch.scope.client, pass.object, signal);
    const judged = judgeSpec(object, genericTargets);
    if (judged.type === 'readable') return { ...pass, es: withServedInterval(judged.es, batch.scope.cluster) };
    const { stores, foreign } = await claim(recordUse, { pass, sources: sourcesIn(object), batch }, signal);
    return { pass, outcome: foreign ? { type: 'left-alone' } : judged, uses: { ...uses, stores } };
  } catch (error) {
    return { pass, outcome: toOutcome(error), uses };
  }
};

/** What cannot be read, or be done, is said only of objects that are ours; so it is not thrown. */
const judgeSpec = (
  object: MirroredObject,
  genericTargets: boolean,
): { readonly type: 'readable'; readonly es: ExternalSecret } | ReturnType<typeof toFailure> => {
  try {
    return { type: 'readable', es: acceptExternalSecret(object, { genericTargets }) };
  } catch (error) {
    return toFailure(error);
  }
};

const createFinish =
  (deps: ReconcileExternalSecretsDeps, recordUse: RecordUse) =>
  async (batch: SyncBatch, { pass, outcome, uses }: SyncResult): Promise<Pass | undefined> => {
    const { cluster, client } = batch.scope;
    note(deps, cluster.name, { pass, outcome });
    if (outcome.type === 'put-off') {
      await deps.messages.send([putOff(cluster.name, pass)], outcome.delaySeconds);
      return undefined;
    }
    if (outcome.type === 'left-alone' || cluster.mode === 'observe') {
      await shelve(deps.states, cluster.name, pass);
      return undefined;
    }
    const stale = noLonger(usesOf(pass), uses);
    const report = settle(pass, { outcome, uses: both(uses, stale) }, deps.random());
    const stored = await deps.report({ cluster: cluster.name, client }, pass, report);
    if (stored === 'superseded') return pass;
    await recordUse.forget(cluster.name, pass.ref, { stale, uses, stored });
    return undefined;
  };

const putOff = (cluster: string, { cause, traceId, request, attempt, redelivered }: Pass): ReconcileRequest => ({
  cluster,
  cause,
  traceId,
  objects: [request],
  attempt: attempt + 1,
  ...(redelivered && { redelivered }),
});

const noLonger = (before: Uses, now: Uses): Uses => ({
  dependsOn: before.dependsOn.filter((key) => !now.dependsOn.includes(key)),
  stores: before.stores.filter((store) => !now.stores.includes(store)),
  finds: before.finds.filter((find) => !now.finds.includes(find)),
});

/** The state names what is recorded, and so what is to be forgotten too, until that is done. */
const both = (uses: Uses, stale: Uses): Uses => ({
  dependsOn: [...uses.dependsOn, ...stale.dependsOn],
  stores: [...uses.stores, ...stale.stores],
  finds: [...uses.finds, ...stale.finds],
});

/** One log line and one count a pass; names, durations and reasons, never content. */
const note = (
  { log, metrics, clock }: ReconcileExternalSecretsDeps,
  cluster: string,
  { pass, outcome }: Pick<SyncResult, 'pass' | 'outcome'>,
): void => {
  const reason = outcome.type === 'failed' ? outcome.error.reason : outcome.type;
  const keys = { cluster, ...pass.ref, cause: pass.cause.type, traceId: pass.traceId, reason };
  const durationMilliseconds = clock.now() - pass.startedAt;
  if (outcome.type === 'failed')
    log.warn('sync failed', { ...keys, durationMilliseconds, error: outcome.error.message });
  else log.info('sync ended', { ...keys, durationMilliseconds, wrote: outcome.type === 'synced' && outcome.wrote });
  metrics.count('Syncs', { cluster, kind: pass.ref.kind, reason });
  if (outcome.type === 'failed') countRefusal(metrics, { cluster, kind: pass.ref.kind }, outcome.error);
};
