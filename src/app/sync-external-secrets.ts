import { type ExpiringValues, expiryWarning } from '../domain/expiring-values.ts';
import { type ExternalSecret, isGeneric, storeRefsOf } from '../domain/external-secret.ts';
import { generatorEntries } from '../domain/generator-entries.ts';
import { generates } from '../domain/generator-ref.ts';
import type { SpecEntry } from '../domain/spec-entries.ts';
import { QuotaSpentError, StaleReadError, WriteConflictError } from '../domain/sync-error.ts';
import type { TargetState } from '../domain/sync-state.ts';
import { claim, type Sources } from './claim.ts';
import { isHeldBack, isTouched } from './corrections.ts';
import { toFailure, toOutcome } from './failure.ts';
import { fetchData, openEntries } from './fetch-data.ts';
import { type Found, findSecrets, openFinds, placedSelector, withoutEarlyReads } from './find-secrets.ts';
import { observeManifest } from './observe-manifest.ts';
import { observeSecret } from './observe-secret.ts';
import type { ObservedTarget, ObserveTarget } from './observed-target.ts';
import type { SyncBatch } from './open-stores.ts';
import type { ObjectEvent } from './ports/cluster-client.ts';
import type { Engines } from './ports/engine.ts';
import type { Clock } from './ports/runtime.ts';
import type { ClusterRegistry, Dependants, Finders } from './ports/tables.ts';
import type { RecordUse } from './record-use.ts';
import { RegistrationChangedError, refuseChangedRegistration } from './registration-changed.ts';
import { createSharedReads, type SharedReads } from './shared-reads.ts';
import {
  type ExternalSecretPass,
  HELD_BACK,
  type SyncOutcome,
  type SyncResult,
  type Uses,
  usesOf,
} from './sync-pass.ts';
import { createTemplateSources, type TemplateSources } from './template-sources.ts';
import { decide, untilQuotaIsFree, verify } from './verify.ts';

/** Writes that lose against another writer this often in a row are put off instead of fought over. */
const MAX_CONFLICTS = 3;

/** Seconds to wait before reading again what was older than announced. */
const STALE_READ_DELAYS_SECONDS = [2, 10, 60];

export interface SyncDeps {
  readonly registry: Pick<ClusterRegistry, 'get'>;
  readonly dependants: Dependants;
  readonly finders: Finders;
  readonly recordUse: RecordUse;
  readonly engines: Engines;
  readonly clock: Clock;
}

interface Observed {
  readonly pass: ExternalSecretPass;
  readonly target: ObservedTarget;
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
    const verification = { stores: batch.stores, reads: createSharedReads(cluster), finders: deps.finders };
    const seen = await Promise.all(
      passes.map(async (pass) => {
        const outcome = await verify(pass, verification, signal);
        return outcome === undefined ? begin(deps, { pass, batch }, signal) : { pass, outcome, uses: usesOf(pass) };
      }),
    );
    const context = { batch, ...readAnew(batch), mayWrite: true, signal };
    return Promise.all(seen.map((known) => ('outcome' in known ? known : syncUntilSettled(deps, known, context))));
  };

const begin = async (
  { recordUse }: SyncDeps,
  { pass, batch }: { readonly pass: ExternalSecretPass; readonly batch: SyncBatch },
  signal?: AbortSignal,
): Promise<Observed | SyncResult> => {
  const { stores, foreign } = await claim(recordUse, { pass, sources: sourcesOf(pass.es), batch }, signal);
  const uses = { ...usesOf(pass), stores };
  return foreign ? { pass, outcome: { type: 'left-alone' }, uses } : observe({ pass, uses }, batch, signal);
};

const sourcesOf = (es: ExternalSecret): Sources => ({
  stores: storeRefsOf(es),
  generators: generatorEntries(es).map(({ generator }) => generator),
});

const observe = async (
  { pass, uses }: Omit<Observed, 'target'>,
  { scope }: SyncBatch,
  signal?: AbortSignal,
): Promise<Observed | SyncResult> => {
  try {
    return { pass, uses, target: await observerFor(pass.es)(pass, scope.client, signal) };
  } catch (error) {
    return { pass, uses, outcome: toFailure(error) };
  }
};

const observerFor = (es: ExternalSecret): ObserveTarget => (isGeneric(es) ? observeManifest : observeSecret);

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
  /** False: the target was observed after these reads began, so they may prove it right but not replace it. */
  readonly mayWrite: boolean;
  readonly batch: SyncBatch;
  readonly signal: AbortSignal | undefined;
}

/**
 * After a conflict both target and provider are read anew: the first read may be older than what is there now. Unless what is
 * there now is what that read asks for: another pass over the same event was quicker, and there is nothing to write.
 */
const syncUntilSettled = async (deps: SyncDeps, observed: Observed, context: SyncContext): Promise<SyncResult> => {
  const { pass, uses } = observed;
  let current = observed;
  let reading: Reading = context;
  let mayWrite = true;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; ) {
    try {
      return { pass, outcome: await syncOnce(deps, current, { ...context, ...reading, mayWrite }), uses };
    } catch (error) {
      const outcome = endOf(error, { pass, mayWrite });
      if (outcome !== undefined) return { pass, outcome, uses };
    }
    // The other writer may be this very message a second time: let it finish, rather than generate again over it.
    if (generates(pass.es)) break;
    if (mayWrite) {
      conflicts += 1;
      const again = await observe(current, context.batch, context.signal);
      if ('outcome' in again) return again;
      current = again;
    } else {
      reading = readAnew(context.batch);
    }
    mayWrite = !mayWrite;
  }
  return { pass, outcome: { type: 'put-off', delaySeconds: 1 }, uses };
};

/** Undefined: what was read is older by now than what is there, or than what was announced; it is to be read again. */
const endOf = (
  error: unknown,
  { pass, mayWrite }: Pick<Observed, 'pass'> & Pick<SyncContext, 'mayWrite'>,
): SyncOutcome | undefined => {
  if (error instanceof WriteConflictError || (error instanceof StaleReadError && !mayWrite)) return undefined;
  if (error instanceof RegistrationChangedError) return { type: 'put-off', delaySeconds: 1 };
  if (error instanceof StaleReadError) return { type: 'put-off', delaySeconds: staleReadDelay(pass) };
  return error instanceof QuotaSpentError ? untilQuotaIsFree(pass) : toOutcome(error);
};

const syncOnce = async (
  deps: SyncDeps,
  { pass, target, uses }: Observed,
  { batch, reads, sources, mayWrite, signal }: SyncContext,
): Promise<SyncOutcome> => {
  const { es } = pass;
  const decision = decide(pass);
  if (!decision.refresh && target.isValid)
    return { type: 'current', verified: false, ...decision, ...seenTarget(pass, target.found) };
  if (!decision.refresh && isHeldBack(pass)) return HELD_BACK;
  const entries = await openEntries(es, batch.stores, signal);
  const found = await search(deps, { pass, uses }, { batch, reads, signal });
  const keys = [...entries, ...found].flatMap((entry) => entry.keys);
  uses.dependsOn = await deps.recordUse.keys(batch.scope.cluster.name, pass, keys);
  const announcements = await deps.dependants.announcements(keys, signal);
  const written = pass.state?.versions ?? [];
  const engine = deps.engines.forObject();
  const { generators } = batch;
  const fetched = await fetchData(
    { es, entries, found, generators, reads, engine, announcements, written, now: deps.clock.now() },
    signal,
  );
  const { data, versions } = fetched;
  const now = deps.clock.now();
  const rendering = { engine, sources };
  const beforeWrite = (writing?: AbortSignal) => refuseChangedRegistration(deps.registry, batch.scope.cluster, writing);
  const brought = await target.bringAbout({ data, versions, rendering, mayWrite, beforeWrite, now }, signal);
  if (brought === undefined) return HELD_BACK;
  const { refusal, events, ...rest } = brought;
  if (refusal !== undefined) return { ...toFailure(refusal), ...only(brought.target) };
  const told = [...fetched.missing.map(missingEvent), ...expiryEvents(es, fetched.expiring, now), ...events];
  return { type: 'synced', ...rest, versions, events: told };
};

/** Before the first list the object is known as one that looks there, so a secret that comes meanwhile wakes it. */
const search = async (
  { finders, recordUse, clock }: SyncDeps,
  { pass, uses }: Pick<Observed, 'pass' | 'uses'>,
  { batch, reads, signal }: Pick<SyncContext, 'batch' | 'reads' | 'signal'>,
): Promise<readonly Found[]> => {
  const finds = await openFinds(pass.es, batch.stores, signal);
  uses.finds = await recordUse.searches(batch.scope.cluster.name, pass, finds.map(placedSelector));
  const written = pass.state?.versions ?? [];
  const found = await findSecrets(finds, { finders, reads, written, now: clock.now() }, signal);
  const recorded = new Set(uses.dependsOn);
  return found.map((names) => withoutEarlyReads(names, recorded));
};

const missingEvent = ({ missingMessage }: SpecEntry): ObjectEvent => ({
  type: 'Normal',
  reason: 'MissingProviderSecret',
  message: missingMessage,
});

const expiryEvents = (es: ExternalSecret, expiring: readonly ExpiringValues[], now: number): readonly ObjectEvent[] =>
  expiring.flatMap((values) => {
    const message = expiryWarning(es, values, now);
    return message === undefined ? [] : [{ type: 'Warning', reason: 'ExpiresBeforeRefresh', message }];
  });

const only = (target: TargetState | undefined) => (target === undefined ? {} : { target });

/** Label and hash may be right on what somebody else wrote, and an Orphan is left as it is found. */
const seenTarget = ({ state }: ExternalSecretPass, target: TargetState | undefined) => ({
  ...only(target),
  ...(state?.target !== undefined && isTouched(state.target, target) ? { touched: true as const } : {}),
});

/** Staleness ends with the time for which an announcement holds, so waiting does too. */
const staleReadDelay = ({ attempt }: ExternalSecretPass): number => STALE_READ_DELAYS_SECONDS[attempt] ?? 60;
