import { decideRefresh, type RefreshDecision } from '../domain/decide-refresh.ts';
import { spreadOf } from '../domain/due.ts';
import type { ExternalSecret } from '../domain/external-secret.ts';
import { readyCondition } from '../domain/status.ts';
import { QuotaSpentError } from '../domain/sync-error.ts';
import type { SyncState } from '../domain/sync-state.ts';
import { readsOtherObjects } from '../domain/target-template.ts';
import { isTellable } from './failure.ts';
import { openEntries, readVersionId } from './fetch-data.ts';
import type { Stores } from './open-stores.ts';
import type { SharedReads } from './shared-reads.ts';
import type { ExternalSecretPass, Pass, SyncOutcome } from './sync-pass.ts';

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
}

/**
 * A due object whose last sync went well is compared by version alone, without a request to its cluster: the feed would
 * have told of an edited target. Undefined: it must be synced (or has something else to say), as whose templates are
 * kept in other objects, which nobody watches.
 */
export const verify = async (
  pass: ExternalSecretPass,
  verification: Verification,
  signal?: AbortSignal,
): Promise<SyncOutcome | undefined> => {
  const { es, cause, state } = pass;
  if (cause.type !== 'due' || !wentWell(es, state)) return undefined;
  const decision = decide(pass);
  if (!decision.refresh) return { type: 'current', verified: false, ...decision };
  if (decision.why !== 'interval-elapsed' || isRenderedAnew(es)) return undefined;
  try {
    const current = await readsAsWritten({ es, state }, verification, signal);
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

const isRenderedAnew = ({ target: { template } }: ExternalSecret): boolean =>
  template !== undefined && readsOtherObjects(template);

export const wentWell = (es: ExternalSecret, state: SyncState | undefined): state is SyncState =>
  state?.target?.name === es.target.name &&
  state.failures === 0 &&
  readyCondition(state.status)?.reason === 'SecretSynced';

const readsAsWritten = async (
  { es, state }: { readonly es: ExternalSecret; readonly state: SyncState },
  { stores, reads }: Verification,
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
    return sameVersions(versions, state.versions);
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
