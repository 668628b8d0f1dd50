import { decideRefresh } from '../domain/decide-refresh.ts';
import { MAX_BACK_OFF_MILLISECONDS } from '../domain/due.ts';
import { storeRefsOf } from '../domain/external-secret.ts';
import { planSync } from '../domain/plan-sync.ts';
import { isTargetValid } from '../domain/plan-target.ts';
import { readyCondition } from '../domain/status.ts';
import { StaleReadError, SyncError, WriteConflictError } from '../domain/sync-error.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import { carryOut, ObjectGoneError } from './carry-out.ts';
import { toFailure } from './failure.ts';
import { fetchData, openEntries, readVersionId } from './fetch-data.ts';
import type { ClusterScope, Stores } from './open-stores.ts';
import type { Clock } from './ports/runtime.ts';
import type { Dependants } from './ports/tables.ts';
import { type RecordUse, type Uses, usesOf } from './record-use.ts';
import { createSharedReads, type SharedReads } from './shared-reads.ts';
import type { ExternalSecretPass, SyncOutcome, SyncResult } from './sync-pass.ts';

/** Writes that lose against another writer this often in a row are put off instead of fought over. */
const MAX_CONFLICTS = 3;

/** Seconds to wait before reading again what was older than announced. */
const STALE_READ_DELAYS_SECONDS = [2, 10, 60];

export interface SyncDeps {
  readonly dependants: Dependants;
  readonly recordUse: RecordUse;
  readonly clock: Clock;
}

export interface SyncBatch {
  readonly scope: ClusterScope;
  readonly stores: Stores;
}

interface Observed {
  readonly pass: ExternalSecretPass;
  readonly target: TargetSecret | undefined;
}

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
    const verification = createSharedReads();
    const verified = await Promise.all(passes.map((pass) => verify(pass, { batch, reads: verification }, signal)));
    const targets = await Promise.all(
      passes.map((pass, index) => (verified[index] === undefined ? observe(pass, batch, signal) : undefined)),
    );
    const reads = createSharedReads();
    return Promise.all(
      passes.map(async (pass, index): Promise<SyncResult> => {
        const known = verified[index];
        if (known !== undefined) return { pass, outcome: known, uses: usesOf(pass) };
        const observed = targets[index] ?? (await observe(pass, batch, signal));
        if ('outcome' in observed) return { pass, outcome: observed.outcome, uses: usesOf(pass) };
        return syncUntilSettled(deps, observed, { batch, reads, signal });
      }),
    );
  };

/**
 * A due object whose last sync went well is compared by version alone, without a request to its cluster: the feed would
 * have told of an edited target. Undefined: it must be synced (or has something else to say).
 */
const verify = async (
  pass: ExternalSecretPass,
  { batch, reads }: { readonly batch: SyncBatch; readonly reads: SharedReads },
  signal?: AbortSignal,
): Promise<SyncOutcome | undefined> => {
  const { es, state } = pass;
  if (pass.cause.type !== 'due' || state?.target === undefined || state.failures > 0) return undefined;
  if (readyCondition(state.status)?.reason !== 'SecretSynced' || state.target.name !== es.target.name) return undefined;
  const decision = decide(pass);
  if (!decision.refresh) return { type: 'current', verified: false, ...heldUntil(decision, pass) };
  if (decision.why !== 'interval-elapsed') return undefined;
  try {
    const entries = await openEntries(es, batch.stores, signal);
    const versions = await Promise.all(
      entries.map(async (open) => ({
        id: readVersionId(open),
        version: (await reads.read(open.store, open.entry.ref, signal)).version,
      })),
    );
    return sameVersions(versions, state.versions) ? { type: 'current', verified: true } : undefined;
  } catch (error) {
    if (error instanceof SyncError) return undefined; // the sync meets it again and reports it
    throw error;
  }
};

type Version = { readonly id: string; readonly version: string };

/** Reads without a version (tags) are never proven equal. */
const sameVersions = (read: readonly Version[], written: readonly Version[]): boolean => {
  const expected = new Map(written.map(({ id, version }) => [id, version]));
  return (
    new Set(read.map(({ id }) => id)).size === expected.size &&
    read.every(({ id, version }) => expected.get(id) === version)
  );
};

const decide = ({ es, status, state, cause, startedAt }: ExternalSecretPass) =>
  decideRefresh({
    es,
    status,
    verifiedAt: state?.verifiedAt,
    failures: state?.failures ?? 0,
    cause: cause.type,
    now: startedAt,
  });

const heldUntil = (decision: { readonly heldByWindow: boolean }, { startedAt }: ExternalSecretPass) =>
  decision.heldByWindow ? { dueAt: startedAt + MAX_BACK_OFF_MILLISECONDS } : {};

const observe = async (
  pass: ExternalSecretPass,
  { scope }: SyncBatch,
  signal?: AbortSignal,
): Promise<Observed | { readonly outcome: SyncOutcome }> => {
  try {
    const { namespace, target } = pass.es;
    return { pass, target: await scope.client.readSecret({ namespace, name: target.name }, signal) };
  } catch (error) {
    return { outcome: toFailure(error) };
  }
};

interface SyncContext {
  readonly batch: SyncBatch;
  readonly reads: SharedReads;
  readonly signal: AbortSignal | undefined;
}

/** After a conflict both target and provider are read anew: the first read may be older than what is there now. */
const syncUntilSettled = async (deps: SyncDeps, observed: Observed, context: SyncContext): Promise<SyncResult> => {
  const { pass } = observed;
  const uses = { ...usesOf(pass) };
  let current = observed;
  let reads = context.reads;
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    try {
      return { pass, outcome: await syncOnce(deps, current, { ...context, reads, uses }), uses };
    } catch (error) {
      if (!(error instanceof WriteConflictError)) return { pass, outcome: toOutcome(error, current), uses };
    }
    const again = await observe(pass, context.batch, context.signal);
    if ('outcome' in again) return { pass, outcome: again.outcome, uses };
    current = again;
    reads = createSharedReads();
  }
  return { pass, outcome: { type: 'put-off', delaySeconds: 1 }, uses };
};

const syncOnce = async (
  deps: SyncDeps,
  { pass, target }: Observed,
  { batch, reads, signal, uses }: SyncContext & { readonly uses: Mutable<Uses> },
): Promise<SyncOutcome> => {
  const { es } = pass;
  const cluster = batch.scope.cluster.name;
  uses.stores = await deps.recordUse.stores(cluster, pass);
  if (await isForeign(pass, batch, signal)) return { type: 'left-alone' };
  const decision = decide(pass);
  if (!decision.refresh && isTargetValid(es, target))
    return { type: 'current', verified: false, ...seenTarget(target), ...heldUntil(decision, pass) };
  const entries = await openEntries(es, batch.stores, signal);
  const keys = entries.flatMap((entry) => entry.keys);
  uses.dependsOn = await deps.recordUse.keys(cluster, pass, keys);
  const announcements = await deps.dependants.announcements(keys, signal);
  const written = pass.state?.versions ?? [];
  const fetched = await fetchData({ es, entries, reads, announcements, written, now: deps.clock.now() }, signal);
  const plan = planSync({ es, existing: target, data: fetched.data });
  const carried = await carryOut(
    {
      es,
      object: pass.object,
      existing: target,
      previousName: pass.state?.target?.name ?? pass.status.binding?.name,
      plan,
      client: batch.scope.client,
      now: deps.clock.now(),
    },
    signal,
  );
  if (carried.refusal !== undefined) throw carried.refusal;
  const missing = fetched.missing.map(({ missingMessage }) => ({
    type: 'Normal' as const,
    reason: 'MissingProviderSecret',
    message: missingMessage,
  }));
  return {
    type: 'synced',
    ready: plan.ready,
    wrote: carried.wrote,
    ...(carried.target === undefined ? {} : { target: carried.target }),
    versions: fetched.versions,
    events: [...missing, ...carried.events],
  };
};

/** What a sync came to use is kept even when it fails later on: it is recorded in the tables by then. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const seenTarget = (target: TargetSecret | undefined) =>
  target === undefined
    ? {}
    : { target: { name: target.name, uid: target.uid, resourceVersion: target.resourceVersion } };

/** An object of which any store belongs to another controller is that controller's. */
const isForeign = async ({ es }: ExternalSecretPass, { stores }: SyncBatch, signal?: AbortSignal): Promise<boolean> => {
  const foreign = await Promise.all(storeRefsOf(es).map((ref) => stores.isForeign(ref, es.namespace, signal)));
  return foreign.includes(true);
};

const toOutcome = (error: unknown, { pass }: Observed): SyncOutcome => {
  if (error instanceof ObjectGoneError) return { type: 'left-alone' };
  const delaySeconds = STALE_READ_DELAYS_SECONDS[pass.attempt];
  if (error instanceof StaleReadError && delaySeconds !== undefined) return { type: 'put-off', delaySeconds };
  return toFailure(error);
};
