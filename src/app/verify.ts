import { decideRefresh, type RefreshDecision } from '../domain/decide-refresh.ts';
import { spreadOf } from '../domain/due.ts';
import { type ExternalSecret, isGeneric } from '../domain/external-secret.ts';
import { generates } from '../domain/generator-ref.ts';
import { readyCondition } from '../domain/status.ts';
import { QuotaSpentError } from '../domain/sync-error.ts';
import type { SyncState } from '../domain/sync-state.ts';
import { readsOtherObjects } from '../domain/target-template.ts';
import { isHeldBack } from './corrections.ts';
import { isTellable } from './failure.ts';
import { openEntries, readVersionId } from './fetch-data.ts';
import { findSecrets, openFinds } from './find-secrets.ts';
import type { Stores } from './open-stores.ts';
import type { Finders } from './ports/tables.ts';
import { readFound } from './read-found.ts';
import type { SharedReads } from './shared-reads.ts';
import { type ExternalSecretPass, HELD_BACK, type Pass, type SyncOutcome } from './sync-pass.ts';

export const decide = ({ es, status, state, cause, startedAt }: ExternalSecretPass): RefreshDecision =>
  decideRefresh({
    es,
    status,
    verifiedAt: state?.verifiedAt,
    failures: state?.failures ?? 0,
    cause: cause.type,
    now: startedAt,
  });

interface Verification {
  readonly stores: Stores;
  readonly reads: SharedReads;
  readonly finders: Pick<Finders, 'noted'>;
}

/**
 * A due object whose last sync went well is compared by version alone, without a request to its cluster: the feed would
 * have told of an edited target. One that is contested is not even looked at while its correction waits. Undefined: it must
 * be synced (or has something else to say), as whose templates are kept in other objects, which nobody watches.
 */
export const verify = async (
  pass: ExternalSecretPass,
  verification: Verification,
  signal?: AbortSignal,
): Promise<SyncOutcome | undefined> => {
  const { es, cause, state } = pass;
  if (isHeldBack(pass) && !decide(pass).refresh) return HELD_BACK;
  if (!wentWell(pass, state)) return undefined;
  if (generates(es)) return spareGenerated({ ...pass, state }, verification, signal);
  if (cause.type !== 'due') return undefined;
  const decision = decide(pass);
  if (!decision.refresh) return { type: 'current', verified: false, ...decision };
  if (decision.why !== 'interval-elapsed' || isRenderedAnew(es)) return undefined;
  try {
    const current = await readsAsWritten({ ...pass, state }, verification, signal);
    return current ? { type: 'current', verified: true } : undefined;
  } catch (error) {
    if (error instanceof QuotaSpentError) return untilQuotaIsFree(pass);
    throw error;
  }
};

/** The longer the queue, the wider those in it are spread: up to a minute. */
export const untilQuotaIsFree = ({ object, attempt }: Pass): Extract<SyncOutcome, { type: 'put-off' }> => {
  const widestSeconds = Math.min(60, 5 * 2 ** Math.min(attempt, 4));
  return { type: 'put-off', delaySeconds: 1 + Math.floor(widestSeconds * spreadOf(`${object.uid} ${attempt}`)) };
};

/**
 * Generated values are made anew at the interval and when the object asks, not by verification: they have no version. An
 * event or a store's change leaves them alone when nothing that is read beside them is another one now.
 */
const spareGenerated = async (
  pass: ExternalSecretPass & { readonly state: SyncState },
  verification: Verification,
  signal?: AbortSignal,
): Promise<SyncOutcome | undefined> => {
  const decision = decide(pass);
  if (!decision.refresh)
    return pass.cause.type === 'due' ? { type: 'current', verified: false, ...decision } : undefined;
  if (decision.why !== 'secret-changed' || !mayBeNoNews(pass)) return undefined;
  return (await readsAsWritten(pass, verification, signal)) ? { type: 'current', verified: false } : undefined;
};

/** A version that was not written yet is news, whatever a read that lags behind says: the sync tells the two apart. */
const mayBeNoNews = ({ cause, state }: ExternalSecretPass & { readonly state: SyncState }): boolean =>
  cause.type === 'store' ||
  (cause.type === 'event' && state.versions.some(({ version }) => version !== '' && version === cause.versionId));

/** Targets of other kinds are not watched. */
const isRenderedAnew = (es: ExternalSecret): boolean =>
  isGeneric(es) || (es.target.template !== undefined && readsOtherObjects(es.target.template));

const WENT_WELL: ReadonlySet<string> = new Set(['SecretSynced', 'ResourceSynced']);

export const wentWell = (
  { es, status }: Pick<ExternalSecretPass, 'es' | 'status'>,
  state: SyncState | undefined,
): state is SyncState =>
  state?.target?.name === es.target.name &&
  state.target.touched !== true &&
  state.failures === 0 &&
  WENT_WELL.has(readyCondition(status)?.reason ?? '');

const readsAsWritten = async (
  { es, state, startedAt: now }: Pick<ExternalSecretPass, 'es' | 'startedAt'> & { readonly state: SyncState },
  { stores, reads, finders }: Verification,
  signal?: AbortSignal,
): Promise<boolean> => {
  try {
    const entries = await openEntries(es, stores, signal);
    const versions = await Promise.all(
      entries.map(async (open) => ({
        id: readVersionId(open),
        version: (await reads.read(open.store, open.entry.ref, signal)).version,
      })),
    );
    const finds = await openFinds(es, stores, signal);
    const search = { reads, finders, written: state.versions, now };
    const found = await Promise.all(
      (await findSecrets(finds, search, signal)).map((names) => readFound(names, reads, signal)),
    );
    const foundVersions = found
      .flat()
      .flatMap(({ id, secret }) => (secret === undefined ? [] : [{ id, version: secret.version }]));
    return sameVersions([...versions, ...foundVersions], state.versions);
  } catch (error) {
    if (!isTellable(error) || error instanceof QuotaSpentError) throw error;
    return false; // the sync meets it again and reports it
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
