import { type ExternalSecret, storeRefsOf } from '../domain/external-secret.ts';
import { planSync, type SyncPlan } from '../domain/plan-sync.ts';
import { isTargetValid } from '../domain/plan-target.ts';
import type { SpecEntry } from '../domain/spec-entries.ts';
import { StaleReadError, WriteConflictError } from '../domain/sync-error.ts';
import type { TargetState } from '../domain/sync-state.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import { carryOut } from './carry-out.ts';
import { claim } from './claim.ts';
import { toFailure, toOutcome } from './failure.ts';
import { fetchData, openEntries } from './fetch-data.ts';
import type { SyncBatch } from './open-stores.ts';
import type { ObjectEvent } from './ports/cluster-client.ts';
import type { Engines } from './ports/engine.ts';
import type { Clock } from './ports/runtime.ts';
import type { ClusterRegistry, Dependants } from './ports/tables.ts';
import type { RecordUse } from './record-use.ts';
import { RegistrationChangedError, refuseChangedRegistration } from './registration-changed.ts';
import { renderContent } from './render-content.ts';
import { createSharedReads, type SharedReads } from './shared-reads.ts';
import { type ExternalSecretPass, type SyncOutcome, type SyncResult, type Uses, usesOf } from './sync-pass.ts';
import { createTemplateSources, type TemplateSources } from './template-sources.ts';
import { decide, verify } from './verify.ts';

/** Writes that lose against another writer this often in a row are put off instead of fought over. */
const MAX_CONFLICTS = 3;

/** Seconds to wait before reading again what was older than announced. */
const STALE_READ_DELAYS_SECONDS = [2, 10, 60];

export interface SyncDeps {
  readonly registry: Pick<ClusterRegistry, 'get'>;
  readonly dependants: Dependants;
  readonly recordUse: RecordUse;
  readonly engines: Engines;
  readonly clock: Clock;
}

interface Observed {
  readonly pass: ExternalSecretPass;
  readonly target: TargetSecret | undefined;
  /** Kept even when the sync fails later on: it is recorded in the tables by then. */
  readonly uses: Mutable<Uses>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Syncs the ExternalSecrets of one request: observe all targets, then read the provider once for all of them, then
 * decide and act object by object. In this order no write can carry a value older than the target it replaces.
 */
export const createSyncExternalSecrets =
  (deps: SyncDeps) =>
  async (
    passes: readonly ExternalSecretPass[],
    batch: SyncBatch,
    signal?: AbortSignal,
  ): Promise<readonly SyncResult[]> => {
    const cluster = batch.scope.cluster.name;
    const verification = { stores: batch.stores, reads: createSharedReads(cluster) };
    const seen = await Promise.all(
      passes.map(async (pass) => {
        const outcome = await verify(pass, verification, signal);
        return outcome === undefined ? begin(deps, { pass, batch }, signal) : { pass, outcome, uses: usesOf(pass) };
      }),
    );
    const context = { batch, ...readAnew(batch), signal };
    return Promise.all(seen.map((known) => ('outcome' in known ? known : syncUntilSettled(deps, known, context))));
  };

const begin = async (
  { recordUse }: SyncDeps,
  { pass, batch }: { readonly pass: ExternalSecretPass; readonly batch: SyncBatch },
  signal?: AbortSignal,
): Promise<Observed | SyncResult> => {
  const { stores, foreign } = await claim(recordUse, { pass, refs: storeRefsOf(pass.es), batch }, signal);
  const uses = { ...usesOf(pass), stores };
  return foreign ? { pass, outcome: { type: 'left-alone' }, uses } : observe({ pass, uses }, batch, signal);
};

const observe = async (
  { pass, uses }: Omit<Observed, 'target'>,
  { scope }: SyncBatch,
  signal?: AbortSignal,
): Promise<Observed | SyncResult> => {
  try {
    const { namespace, target } = pass.es;
    return { pass, uses, target: await scope.client.readSecret({ namespace, name: target.name }, signal) };
  } catch (error) {
    return { pass, uses, outcome: toFailure(error) };
  }
};

/** What is read for targets that were observed before. */
interface Reading {
  readonly reads: SharedReads;
  readonly sources: TemplateSources;
}

const readAnew = ({ scope }: SyncBatch): Reading => ({
  reads: createSharedReads(scope.cluster.name),
  sources: createTemplateSources(scope.client),
});

interface SyncContext extends Reading {
  readonly batch: SyncBatch;
  readonly signal: AbortSignal | undefined;
}

/** After a conflict both target and provider are read anew: the first read may be older than what is there now. */
const syncUntilSettled = async (deps: SyncDeps, observed: Observed, context: SyncContext): Promise<SyncResult> => {
  const { pass, uses } = observed;
  let current = observed;
  let reading: Reading = context;
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    try {
      return { pass, outcome: await syncOnce(deps, current, { ...context, ...reading }), uses };
    } catch (error) {
      if (error instanceof StaleReadError)
        return { pass, outcome: { type: 'put-off', delaySeconds: staleReadDelay(pass) }, uses };
      if (error instanceof RegistrationChangedError)
        return { pass, outcome: { type: 'put-off', delaySeconds: 1 }, uses };
      if (!(error instanceof WriteConflictError)) return { pass, outcome: toOutcome(error), uses };
    }
    const again = await observe(current, context.batch, context.signal);
    if ('outcome' in again) return again;
    current = again;
    reading = readAnew(context.batch);
  }
  return { pass, outcome: { type: 'put-off', delaySeconds: 1 }, uses };
};

const syncOnce = async (
  deps: SyncDeps,
  { pass, target, uses }: Observed,
  { batch, reads, sources, signal }: SyncContext,
): Promise<SyncOutcome> => {
  const { es } = pass;
  const decision = decide(pass);
  if (!decision.refresh && isTargetValid(es, target))
    return { type: 'current', verified: false, ...decision, ...seenTarget(target) };
  const entries = await openEntries(es, batch.stores, signal);
  const keys = entries.flatMap((entry) => entry.keys);
  uses.dependsOn = await deps.recordUse.keys(batch.scope.cluster.name, pass, keys);
  const announcements = await deps.dependants.announcements(keys, signal);
  const written = pass.state?.versions ?? [];
  const engine = deps.engines.forObject();
  const fetched = await fetchData(
    { es, entries, reads, engine, announcements, written, now: deps.clock.now() },
    signal,
  );
  const facts = { es, existing: target, data: fetched.data };
  const plan = planSync(facts, await renderContent(facts, { engine, sources }, signal));
  const { client, cluster } = batch.scope;
  const previousName = pass.state?.target?.name ?? pass.status.binding?.name;
  if (mayWrite(plan, previousName, es)) await refuseChangedRegistration(deps.registry, cluster, signal);
  const now = deps.clock.now();
  const carried = await carryOut(
    { es, object: pass.object, existing: target, previousName, plan, client, now },
    signal,
  );
  if (carried.refusal !== undefined) return { ...toFailure(carried.refusal), ...only(carried.target) };
  return {
    type: 'synced',
    ready: plan.ready,
    wrote: carried.wrote,
    ...only(carried.target),
    versions: fetched.versions,
    events: [...fetched.missing.map(missingEvent), ...carried.events],
  };
};

/** Nothing is asked of the table for what is right already. */
const mayWrite = ({ target }: SyncPlan, previousName: string | undefined, es: ExternalSecret): boolean =>
  !['none', 'missing'].includes(target.action) || (previousName ?? es.target.name) !== es.target.name;

const missingEvent = ({ missingMessage }: SpecEntry): ObjectEvent => ({
  type: 'Normal',
  reason: 'MissingProviderSecret',
  message: missingMessage,
});

const only = (target: TargetState | undefined) => (target === undefined ? {} : { target });

const seenTarget = (target: TargetSecret | undefined) =>
  only(target && { name: target.name, uid: target.uid, resourceVersion: target.resourceVersion });

/** Staleness ends with the time for which an announcement holds, so waiting does too. */
const staleReadDelay = ({ attempt }: ExternalSecretPass): number => STALE_READ_DELAYS_SECONDS[attempt] ?? 60;
