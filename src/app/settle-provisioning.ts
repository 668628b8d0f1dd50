import type { ClusterExternalSecret } from '../domain/cluster-external-secret.ts';
import { backOffMilliseconds, IDLE_CHECK_MILLISECONDS, MIN_INTERVAL_MILLISECONDS } from '../domain/due.ts';
import { UNKNOWN_NAMESPACE } from '../domain/gather-facts.ts';
import type { FailedNamespace, ObjectStatus } from '../domain/status.ts';
import { ClusterRejectedError, InvalidSpecError, type SyncError } from '../domain/sync-error.ts';
import type { NamespaceOutcome } from './provision-namespaces.ts';
import type { Report } from './report.ts';
import type { Pass } from './sync-pass.ts';

/** An object whose spec cannot be read says nothing about its interval. */
const UNREADABLE_CHECK_MILLISECONDS = 3_600_000;

const READY = { type: 'Ready', status: 'True' } as const;
const NOT_READY = { type: 'Ready', status: 'False', message: 'one or more namespaces failed' } as const;

export interface Provisioned {
  readonly ces: ClusterExternalSecret;
  /** By namespace, sorted. */
  readonly outcomes: ReadonlyMap<string, NamespaceOutcome>;
}

/**
 * What a pass over all namespaces reports and remembers. Pure.
 * @param random - 0 up to 1, spreads the back-off
 */
export const settleProvisioned = (pass: Pass, { ces, outcomes }: Provisioned, random: number): Report => {
  const failed = [...outcomes].flatMap(([namespace, outcome]) =>
    outcome.type === 'failed' ? [{ namespace, ...outcome }] : [],
  );
  const errors = failed.flatMap(({ error }) => error ?? []);
  const failures = errors.length === 0 ? 0 : (pass.state?.failures ?? 0) + 1;
  const wait = errors.some(mayEndByItself) ? backOffMilliseconds(failures, random) : Number.POSITIVE_INFINITY;
  return {
    status: toStatus({
      // The old name stays until nothing of it can be left behind.
      externalSecretName: (errors.length > 0 && pass.status.externalSecretName) || ces.externalSecretName,
      provisioned: [...outcomes].flatMap(([namespace, { type }]) => (type === 'provisioned' ? [namespace] : [])),
      failed: failed.map(({ namespace, reason }) => ({ namespace, reason })),
    }),
    events: [],
    state: remembered(pass, { failures, dueAt: pass.startedAt + Math.min(wait, refreshMilliseconds(ces)) }),
  };
};

/** What a pass reports that could not look at any namespace: what was made before is still there. */
export const settleUnprovisioned = (pass: Pass, error: SyncError, random: number): Report => {
  const { status, startedAt } = pass;
  const failures = (pass.state?.failures ?? 0) + 1;
  if (!(error instanceof InvalidSpecError)) {
    const state = remembered(pass, { failures, dueAt: startedAt + backOffMilliseconds(failures, random) });
    return { status, events: [], state };
  }
  const failedNamespaces = [{ namespace: UNKNOWN_NAMESPACE, reason: error.message }];
  const state = remembered(pass, { failures, dueAt: startedAt + UNREADABLE_CHECK_MILLISECONDS });
  return { status: { ...status, conditions: [NOT_READY], failedNamespaces }, events: [], state };
};

/** What the API server refused stays refused until somebody edits the object or the policy. */
const mayEndByItself = ({ cause }: SyncError): boolean => !(cause instanceof ClusterRejectedError);

const refreshMilliseconds = ({ refreshMilliseconds: asked }: ClusterExternalSecret): number =>
  asked > 0 ? Math.max(asked, MIN_INTERVAL_MILLISECONDS) : IDLE_CHECK_MILLISECONDS;

interface Said {
  readonly externalSecretName: string;
  readonly provisioned: readonly string[];
  readonly failed: readonly FailedNamespace[];
}

const toStatus = ({ externalSecretName, provisioned, failed }: Said): ObjectStatus => ({
  conditions: [failed.length === 0 ? READY : NOT_READY],
  externalSecretName,
  ...(provisioned.length === 0 ? {} : { provisionedNamespaces: provisioned }),
  ...(failed.length === 0 ? {} : { failedNamespaces: failed }),
});

const remembered = (
  { startedAt }: Pass,
  { failures, dueAt }: { readonly failures: number; readonly dueAt: number },
): Report['state'] => ({ versions: [], dependsOn: [], stores: [], verifiedAt: startedAt, failures, dueAt });
