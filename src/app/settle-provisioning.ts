import { type Contest, contestedText, correctableAt, quietAt, standing } from '../domain/contest.ts';
import { backOffMilliseconds, IDLE_CHECK_MILLISECONDS, MIN_INTERVAL_MILLISECONDS } from '../domain/due.ts';
import { UNKNOWN_NAMESPACE } from '../domain/gather-facts.ts';
import type { Provisioner, ProvisionerKind } from '../domain/provisioner.ts';
import { type FailedNamespace, type ObjectStatus, withReady } from '../domain/status.ts';
import { ClusterRejectedError, InvalidSpecError, type SyncError } from '../domain/sync-error.ts';
import type { SyncState } from '../domain/sync-state.ts';
import type { ObjectEvent } from './ports/cluster-client.ts';
import { type NamespaceOutcome, ProvisionError } from './provision-namespaces.ts';
import type { Report } from './report.ts';
import type { Pass } from './sync-pass.ts';

/** An object whose spec cannot be read says nothing about its interval. */
const UNREADABLE_CHECK_MILLISECONDS = 3_600_000;

const READY = { type: 'Ready', status: 'True' } as const;
const NOT_READY = { type: 'Ready', status: 'False', message: 'one or more namespaces failed' } as const;

export interface Provisioned {
  readonly wanted: Provisioner;
  /** Of the object that was carried out. */
  readonly generation: number;
  /** By namespace, sorted. */
  readonly outcomes: ReadonlyMap<string, NamespaceOutcome>;
}

/**
 * What a pass over all namespaces reports and remembers. Pure.
 * @param random - 0 up to 1, spreads the back-off
 */
export const settleProvisioned = (pass: Pass, provisioned: Provisioned, random: number): Report => {
  const { wanted, generation, outcomes } = provisioned;
  const { type } = wanted;
  const contests = contestsAfter(pass, outcomes);
  const contested = contestedIn(type, contests);
  const failed = [...outcomes].flatMap(([namespace, outcome]) =>
    outcome.type === 'failed'
      ? [{ namespace, ...outcome }]
      : (contested.find((one) => one.namespace === namespace) ?? []),
  );
  const errors = [...outcomes.values()].flatMap((outcome) => (outcome.type === 'failed' ? (outcome.error ?? []) : []));
  const failures = errors.length === 0 ? 0 : (pass.state?.failures ?? 0) + 1;
  const wait = errors.some(mayEndByItself) ? backOffMilliseconds(failures, random) : Number.POSITIVE_INFINITY;
  const lookAgainAt = [...contests].map(([namespace, contest]) =>
    outcomes.get(namespace)?.type === 'held-back' ? correctableAt(contest) : quietAt(contest),
  );
  const dueAt = Math.min(pass.startedAt + Math.min(wait, refreshMilliseconds(wanted)), ...lookAgainAt);
  const said = toStatus(type, {
    // The old name stays until nothing of it can be left behind.
    childName: (errors.length > 0 && pass.status[type.nameField]) || wanted.childName,
    provisioned: [...outcomes].flatMap(([namespace, outcome]) =>
      isThere(outcome.type) && !contested.some((one) => one.namespace === namespace) ? [namespace] : [],
    ),
    failed: failed.map(({ namespace, reason }) => ({ namespace, reason })),
  });
  const problem = errors.some(isRenameFailure) ? type.errored?.rename : undefined;
  return {
    status: problem === undefined ? said : erroredStatus(pass, said, problem),
    events: [...erroredEvents(problem), ...contestedEvents(type, contested)],
    state: remembered(pass, {
      failures,
      dueAt,
      provisioning: { generation, contests: Object.fromEntries(contests) },
    }),
  };
};

const isThere = (type: NamespaceOutcome['type']): boolean => type === 'provisioned' || type === 'held-back';

/** Those of this pass, and those of before that are not over. */
const contestsAfter = (
  { state, startedAt }: Pass,
  outcomes: ReadonlyMap<string, NamespaceOutcome>,
): ReadonlyMap<string, Contest> => {
  const known = state?.provisioning?.contests ?? {};
  return new Map(
    [...outcomes].flatMap(([namespace, outcome]) => {
      if (outcome.type === 'none') return [];
      const begun = outcome.type === 'provisioned' ? outcome.contest : undefined;
      const contest = begun ?? standing(known[namespace], startedAt);
      return contest === undefined ? [] : [[namespace, contest] as const];
    }),
  );
};

interface Contested {
  readonly namespace: string;
  readonly reason: string;
}

const contestedIn = ({ child }: ProvisionerKind, contests: ReadonlyMap<string, Contest>): readonly Contested[] =>
  [...contests].flatMap(([namespace, contest]) => {
    const reason = contestedText(child, contest);
    return reason === undefined ? [] : [{ namespace, reason }];
  });

/** Namespaces that one event speaks of; the status names all. */
const NAMED_IN_EVENT = 5;

const contestedEvents = (type: ProvisionerKind, contested: readonly Contested[]): readonly ObjectEvent[] => {
  if (contested.length === 0) return [];
  const named = contested.slice(0, NAMED_IN_EVENT).map(({ namespace, reason }) => `${namespace}: ${reason}`);
  const message = `${named.join('; ')}; it is corrected less often until that ends`;
  return [{ type: 'Warning', reason: type.contestedReason, message }];
};

const isRenameFailure = (error: SyncError): boolean => error instanceof ProvisionError && error.step === 'rename';

const erroredStatus = ({ status, startedAt }: Pass, said: ObjectStatus, message: string): ObjectStatus =>
  withReady({ ...said, conditions: status.conditions }, { status: 'False', reason: 'Errored', message }, startedAt);

const erroredEvents = (message: string | undefined): readonly ObjectEvent[] =>
  message === undefined ? [] : [{ type: 'Warning', reason: 'Errored', message }];

interface Unprovisioned {
  readonly type: ProvisionerKind;
  readonly error: SyncError;
}

/** What a pass reports that could not look at any namespace: what was made before is still there. */
export const settleUnprovisioned = (pass: Pass, { type, error }: Unprovisioned, random: number): Report => {
  const { status, startedAt } = pass;
  const failures = (pass.state?.failures ?? 0) + 1;
  if (!(error instanceof InvalidSpecError)) {
    const dueAt = startedAt + backOffMilliseconds(failures, random);
    const state = remembered(pass, { failures, dueAt, ...sameFights(pass) });
    return { status, events: [], state };
  }
  const failedNamespaces = [{ namespace: UNKNOWN_NAMESPACE, reason: error.message }];
  const dueAt = startedAt + UNREADABLE_CHECK_MILLISECONDS;
  const state = remembered(pass, { failures, dueAt, ...sameFights(pass) });
  const problem = type.errored?.select;
  const said = { ...status, conditions: [NOT_READY], failedNamespaces };
  return {
    status: problem === undefined ? said : erroredStatus(pass, said, problem),
    events: erroredEvents(problem),
    state,
  };
};

/** What the API server refused stays refused until somebody edits the object or the policy. */
const mayEndByItself = ({ cause }: SyncError): boolean => !(cause instanceof ClusterRejectedError);

const refreshMilliseconds = ({ refreshMilliseconds: asked }: Provisioner): number =>
  asked > 0 ? Math.max(asked, MIN_INTERVAL_MILLISECONDS) : IDLE_CHECK_MILLISECONDS;

interface Said {
  readonly childName: string;
  readonly provisioned: readonly string[];
  readonly failed: readonly FailedNamespace[];
}

const toStatus = ({ nameField }: ProvisionerKind, { childName, provisioned, failed }: Said): ObjectStatus => ({
  conditions: [failed.length === 0 ? READY : NOT_READY],
  [nameField]: childName,
  ...(provisioned.length === 0 ? {} : { provisionedNamespaces: provisioned }),
  ...(failed.length === 0 ? {} : { failedNamespaces: failed }),
});

const sameFights = ({ state }: Pass): Pick<SyncState, 'provisioning'> =>
  state?.provisioning === undefined ? {} : { provisioning: state.provisioning };

const remembered = (
  { startedAt }: Pass,
  kept: Pick<SyncState, 'failures' | 'dueAt' | 'provisioning'>,
): Report['state'] => ({ versions: [], dependsOn: [], stores: [], verifiedAt: startedAt, ...kept });
