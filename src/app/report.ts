import { backOffMilliseconds, delaySecondsUntil } from '../domain/due.ts';
import { type ObjectStatus, sameStatus } from '../domain/status.ts';
import type { SyncState } from '../domain/sync-state.ts';
import type { ClusterClient, ObjectEvent } from './ports/cluster-client.ts';
import type { Messages } from './ports/messages.ts';
import type { Clock, Log } from './ports/runtime.ts';
import type { States } from './ports/tables.ts';
import type { Pass } from './sync-pass.ts';
import { tellEvents, tellStatus } from './tell-cluster.ts';

/** The same warning is not repeated within this time; the cluster forgets events after an hour by default. */
const WARNING_REPEATS_AFTER_MILLISECONDS = 30 * 60_000;

export interface ReportDeps {
  readonly states: States;
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a pass has to say, to the cluster and to the next pass. */
export interface Report {
  readonly status: ObjectStatus;
  readonly events: readonly ObjectEvent[];
  readonly state: Omit<SyncState, 'revision' | 'uid' | 'status' | 'objectResourceVersion' | 'lastWarning'>;
}

/**
 * The state as stored. `superseded`: another pass stored its result first, so this one was decided on old knowledge and
 * must run again.
 */
export type Reported = SyncState | 'superseded';

/**
 * Tells the cluster (status, events), then remembers. In this order a crash in between is repaired by the next pass,
 * which finds the status it wants to write already there.
 */
export const createReport =
  (deps: ReportDeps) =>
  async (
    scope: { readonly cluster: string; readonly client: ClusterClient },
    pass: Pass,
    report: Report,
  ): Promise<Reported> => {
    const warnings = newWarnings(pass, report.events);
    const [told] = await Promise.all([
      tellStatus(deps, scope.client, { pass, status: report.status }),
      tellEvents(deps, scope.client, { pass, events: warnings }),
    ]);
    const state = toState(pass, { report, told, warnings });
    if (!(await deps.states.put(scope.cluster, pass.ref, { expected: pass.revision, state }))) {
      if (!sameStatus(report.status, pass.status)) await tellWhatIsStored(deps, scope, { pass, told: report.status });
      return 'superseded';
    }
    await lookAgainSoon(deps, scope.cluster, { pass, dueAt: state.dueAt });
    return { ...state, revision: pass.revision + 1 };
  };

interface Told {
  readonly report: Report;
  /** The object's resourceVersion after its status was written; undefined when it could not be. */
  readonly told: string | undefined;
  readonly warnings: readonly ObjectEvent[];
}

const toState = (pass: Pass, { report, told, warnings }: Told): Omit<SyncState, 'revision'> => {
  const remembered = { ...report.state, uid: pass.object.uid, ...rememberedWarning(pass, report, warnings) };
  return told === undefined
    ? { ...remembered, ...stillToTell(pass, report.state.dueAt) }
    : { ...remembered, status: report.status, objectResourceVersion: told };
};

/**
 * A status that could not be told is told again: the state must not claim that it was. Nor that what the cluster held
 * before is there still, for the answer alone may have been lost.
 */
const stillToTell = (
  { state, status, startedAt }: Pick<Pass, 'state' | 'status' | 'startedAt'>,
  dueAt: number,
): Pick<SyncState, 'status' | 'failures' | 'dueAt'> => {
  const failures = (state?.failures ?? 0) + 1;
  const dueSoon = Math.min(dueAt, startedAt + backOffMilliseconds(failures, 0));
  return { status: { ...status, conditions: [] }, failures, dueAt: dueSoon };
};

/**
 * The pass that stored its result first had told it first too, and was told over: its result is told again. The state is
 * then stored anew as it is: a third pass, which may have told its own result meanwhile and not stored it yet, finds that
 * it lost as well, and does as this one. So whoever stores last was the last to tell.
 */
const tellWhatIsStored = async (
  deps: ReportDeps,
  scope: { readonly cluster: string; readonly client: ClusterClient },
  { pass, told }: { readonly pass: Pass; readonly told: ObjectStatus },
): Promise<void> => {
  const stored = await deps.states.get(scope.cluster, pass.ref);
  if (stored?.uid !== pass.object.uid) return;
  const version = await tellStatus(deps, scope.client, {
    pass: { ...pass, state: stored, status: told },
    status: stored.status,
  });
  const { revision, ...known } = stored;
  const news =
    version === undefined
      ? stillToTell({ ...pass, state: stored, status: stored.status }, stored.dueAt)
      : { objectResourceVersion: version };
  const state = { ...known, ...news };
  if (!(await deps.states.put(scope.cluster, pass.ref, { expected: revision, state })))
    return tellWhatIsStored(deps, scope, { pass, told: version === undefined ? told : stored.status });
  if (version === undefined) await lookAgainSoon(deps, scope.cluster, { pass, dueAt: state.dueAt });
};

/** Request ids differ in every attempt; without them a warning that was given already is recognised. */
const withoutRequestIds = (text: string): string => text.replaceAll(/RequestID: [^,]*/g, 'RequestID: …');

const newWarnings = ({ state, startedAt }: Pass, events: readonly ObjectEvent[]): readonly ObjectEvent[] =>
  events.filter(
    ({ type, message }) =>
      type === 'Normal' ||
      state?.lastWarning?.text !== withoutRequestIds(message) ||
      startedAt - state.lastWarning.at > WARNING_REPEATS_AFTER_MILLISECONDS,
  );

const rememberedWarning = (
  pass: Pass,
  report: Report,
  events: readonly ObjectEvent[],
): Pick<SyncState, 'lastWarning'> => {
  const warning = events.findLast(({ type }) => type === 'Warning');
  if (warning !== undefined) return { lastWarning: { text: withoutRequestIds(warning.message), at: pass.startedAt } };
  const known = pass.state?.lastWarning;
  const over = report.state.failures === 0 && !isContested(report);
  return known === undefined || over ? {} : { lastWarning: known };
};

const isContested = ({ state: { contest, provisioning } }: Report): boolean =>
  contest !== undefined || Object.keys(provisioning?.contests ?? {}).length > 0;

/** The schedule looks once a minute: what is due before is sent now, to be delivered then. */
const lookAgainSoon = async (
  { messages, clock }: ReportDeps,
  cluster: string,
  { pass, dueAt }: { readonly pass: Pass; readonly dueAt: number },
): Promise<void> => {
  const delaySeconds = delaySecondsUntil(dueAt, clock.now());
  if (delaySeconds === undefined) return;
  const objects = [{ ...pass.ref, uid: pass.object.uid, dueAt }];
  await messages.send([{ cluster, cause: { type: 'due' }, traceId: pass.traceId, objects }], delaySeconds);
};
