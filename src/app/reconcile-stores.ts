import { backOffMilliseconds, MIN_INTERVAL_MILLISECONDS, SCHEDULE_PERIOD_MILLISECONDS } from '../domain/due.ts';
import { type ReconcileRequest, toRequests } from '../domain/message.ts';
import { NotAllowedError } from '../domain/not-allowed-error.ts';
import { isReferent } from '../domain/plan-identity.ts';
import type { ReadyOutcome } from '../domain/plan-sync.ts';
import { isServedStore } from '../domain/secret-store.ts';
import { readyCondition, withReady } from '../domain/status.ts';
import { InvalidSpecError, type SyncError, UnsupportedError } from '../domain/sync-error.ts';
import { parseValidStore, storeRefreshMilliseconds } from '../domain/validate-store.ts';
import { countRefusal } from './count-refusal.ts';
import { isTellable } from './failure.ts';
import type { SyncBatch } from './open-stores.ts';
import type { ClusterClient, ObjectEvent } from './ports/cluster-client.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log, Metrics } from './ports/runtime.ts';
import type { States, StoreUsers } from './ports/tables.ts';
import type { createReport, Report } from './report.ts';
import { shelve } from './shelve.ts';
import { SessionError } from './store-access.ts';
import type { Pass } from './sync-pass.ts';

/**
 * A store without `refreshInterval` of its own is validated again this often. Edits of the store and of its credentials
 * are seen by the feed; this catches what no cluster shows, a trust policy that changed, say.
 */
export const STORE_CHECK_MILLISECONDS = 3_600_000;

export interface ReconcileStoresDeps {
  readonly users: StoreUsers;
  readonly states: States;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly report: ReturnType<typeof createReport>;
}

interface Validation {
  readonly ready: ReadyOutcome;
  readonly error?: SyncError;
  /** Milliseconds until the next validation when it went well. */
  readonly period: number;
}

const VALID: ReadyOutcome = { status: 'True', reason: 'Valid', message: 'store validated' };

/**
 * Validates stores: their settings, and that a session can be had. No secret is read.
 * @returns the passes whose result came too late and that must run again
 */
export const createReconcileStores =
  (deps: ReconcileStoresDeps) =>
  async (passes: readonly Pass[], batch: SyncBatch, signal?: AbortSignal): Promise<readonly Pass[]> => {
    const outdated = await Promise.all(
      passes.map(async (pass) => {
        if (isServedStore(pass.object, batch.scope.cluster.controllerClass))
          return conclude(deps, batch, { pass, validation: await validate(pass, batch, signal) });
        await shelve(deps.states, batch.scope.cluster.name, pass);
        return undefined;
      }),
    );
    return outdated.flatMap((pass) => pass ?? []);
  };

const validate = async (pass: Pass, { stores }: SyncBatch, signal?: AbortSignal): Promise<Validation> => {
  try {
    const store = parseValidStore(pass.object);
    const period = Math.max(storeRefreshMilliseconds(store) ?? STORE_CHECK_MILLISECONDS, MIN_INTERVAL_MILLISECONDS);
    if (!isReferent(store)) await stores.openIdentity(store, store.namespace, signal);
    return { ready: VALID, period };
  } catch (error) {
    if (!isTellable(error)) throw error;
    const ready = { status: 'False', reason: 'InvalidProviderConfig', message: conditionMessage(error) } as const;
    return { ready, error, period: STORE_CHECK_MILLISECONDS };
  }
};

/** What only the store's author can mend, or the registration refuses, is said in the condition; the rest in the event. */
const conditionMessage = (error: SyncError): string => {
  if (error instanceof UnsupportedError || error instanceof InvalidSpecError) return error.message;
  if (error instanceof NotAllowedError) return error.message;
  return error instanceof SessionError ? 'unable to validate store' : 'unable to create client';
};

interface Conclusion {
  readonly pass: Pass;
  readonly validation: Validation;
}

const conclude = async (
  deps: ReconcileStoresDeps,
  batch: SyncBatch,
  { pass, validation }: Conclusion,
): Promise<Pass | undefined> => {
  const { cluster, client } = batch.scope;
  deps.metrics.count('StoreValidations', {
    cluster: cluster.name,
    kind: pass.ref.kind,
    reason: validation.ready.reason,
  });
  countRefusal(deps.metrics, { cluster: cluster.name, kind: pass.ref.kind }, validation.error);
  if (cluster.mode === 'observe') {
    await shelve(deps.states, cluster.name, pass);
    return undefined;
  }
  const report = toReport(pass, validation, deps.random());
  const scope = { cluster: cluster.name, client };
  if (isRecovery(pass, validation)) return concludeRecovery(deps, scope, { pass, report });
  if ((await deps.report(scope, pass, report)) === 'superseded') return pass;
  if (concernsUsers(pass, report)) await wakeUsers(deps, cluster.name, pass);
  return undefined;
};

/** An unfinished recovery is looked at again after this: soon, and not so soon that a message is sent for it. */
const UNFINISHED_MILLISECONDS = 2 * SCHEDULE_PERIOD_MILLISECONDS;

/**
 * A store that a due time found mended. Its message is not handled twice, unlike the feed's, so what it leaves undone by
 * a crash would stay undone: failures count on until the users were woken.
 */
const isRecovery = ({ cause, state }: Pass, { error }: Validation): boolean =>
  cause.type === 'due' && error === undefined && (state?.failures ?? 0) > 0;

const concludeRecovery = async (
  deps: ReconcileStoresDeps,
  scope: { readonly cluster: string; readonly client: ClusterClient },
  { pass, report }: { readonly pass: Pass; readonly report: Report },
): Promise<Pass | undefined> => {
  const { failures, dueAt } = report.state;
  const unfinished = { failures: pass.state?.failures ?? 1, dueAt: pass.startedAt + UNFINISHED_MILLISECONDS };
  const stored = await deps.report(scope, pass, { ...report, state: { ...report.state, ...unfinished } });
  if (stored === 'superseded') return pass;
  await wakeUsers(deps, scope.cluster, pass);
  if (stored.dueAt !== unfinished.dueAt) return undefined; // the status could not be told: that is tried again anyway
  const { revision, lastWarning: _, ...state } = stored;
  await deps.states.put(scope.cluster, pass.ref, { expected: revision, state: { ...state, failures, dueAt } }); // refused: a later pass has seen to it
  return undefined;
};

const toReport = (pass: Pass, { ready, error, period }: Validation, random: number): Report => {
  const status = withReady(pass.status, ready, pass.startedAt);
  const failures = error === undefined ? 0 : (pass.state?.failures ?? 0) + 1;
  const needsAuthor = error instanceof UnsupportedError || error instanceof InvalidSpecError;
  const wait = error === undefined || needsAuthor ? period : backOffMilliseconds(failures, random);
  return {
    status: error === undefined ? { ...status, capabilities: 'ReadWrite' } : status,
    events: eventsOf(pass, ready, error),
    state: {
      versions: [],
      dependsOn: [],
      stores: [],
      verifiedAt: pass.startedAt,
      failures,
      dueAt: pass.startedAt + wait,
    },
  };
};

/** In the reference a session is had by whoever validates, not made: its failure stands alone. */
const eventMessage = (error: SyncError): string => (error instanceof SessionError ? error.why : error.message);

const eventsOf = ({ status }: Pass, ready: ReadyOutcome, error: SyncError | undefined): readonly ObjectEvent[] => {
  if (error !== undefined) return [{ type: 'Warning', reason: ready.reason, message: eventMessage(error) }];
  const known = readyCondition(status)?.status === 'True';
  return known ? [] : [{ type: 'Normal', reason: ready.reason, message: ready.message }];
};

/** Users are woken when the store or its credentials were edited, and when its readiness turned. */
const concernsUsers = ({ cause, status }: Pass, { status: now }: Report): boolean =>
  cause.type !== 'due' || readyCondition(status)?.status !== readyCondition(now)?.status;

const wakeUsers = async (deps: ReconcileStoresDeps, cluster: string, { ref, traceId }: Pass): Promise<void> => {
  const users = await deps.users.of(cluster, ref);
  const requests: readonly ReconcileRequest[] = toRequests(users, { cluster, cause: { type: 'store' }, traceId });
  if (requests.length > 0) await deps.messages.send(requests);
};
