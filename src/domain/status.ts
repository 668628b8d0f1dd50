import type { SyncedPushSecrets } from './push/synced-push-secrets.ts';
import { sameJson } from './same-json.ts';

/** A condition as the External Secrets API serialises it. A ClusterExternalSecret's and ClusterPushSecret's has no reason and no time. */
export interface Condition {
  readonly type: 'Ready';
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
  /** RFC 3339, seconds */
  readonly lastTransitionTime?: string;
}

/** A namespace that is not as a ClusterExternalSecret or ClusterPushSecret wants it. */
export interface FailedNamespace {
  readonly namespace: string;
  readonly reason?: string;
}

/** Status of any served kind; the members of the others are absent. */
export interface ObjectStatus {
  readonly conditions: readonly Condition[];
  /** RFC 3339, seconds; null until the first success. */
  readonly refreshTime?: string | null;
  readonly syncedResourceVersion?: string;
  readonly binding?: { readonly name: string };
  readonly capabilities?: 'ReadOnly' | 'WriteOnly' | 'ReadWrite';
  readonly externalSecretName?: string;
  readonly pushSecretName?: string;
  /** Sorted. Absent: none. */
  readonly provisionedNamespaces?: readonly string[];
  /** Sorted by namespace. Absent: none. */
  readonly failedNamespaces?: readonly FailedNamespace[];
  /** Of a PushSecret: what it put where. Absent: nothing yet. */
  readonly syncedPushSecrets?: SyncedPushSecrets;
}

export const EMPTY_STATUS: ObjectStatus = { conditions: [] };

export const readyCondition = (status: ObjectStatus): Condition | undefined =>
  status.conditions.find(({ type }) => type === 'Ready');

/** RFC 3339 in UTC without fractions, as Kubernetes writes times. */
export const toTimestamp = (epochMilliseconds: number): string =>
  `${new Date(epochMilliseconds).toISOString().slice(0, 19)}Z`;

/** @returns epoch milliseconds; undefined when there is no readable time */
export const parseTimestamp = (time: string | null | undefined): number | undefined => {
  const milliseconds = Date.parse(time ?? '');
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
};

/** Whether two statuses say the same. The order of members is the table's, or the API server's, and says nothing. */
export const sameStatus = (a: ObjectStatus, b: ObjectStatus): boolean =>
  a.refreshTime === b.refreshTime &&
  a.syncedResourceVersion === b.syncedResourceVersion &&
  a.binding?.name === b.binding?.name &&
  a.capabilities === b.capabilities &&
  a.externalSecretName === b.externalSecretName &&
  a.pushSecretName === b.pushSecretName &&
  sameList(a.conditions, b.conditions, sameCondition) &&
  sameList(a.provisionedNamespaces, b.provisionedNamespaces, (one, other) => one === other) &&
  sameList(a.failedNamespaces, b.failedNamespaces, sameFailure) &&
  sameJson(a.syncedPushSecrets, b.syncedPushSecrets);

const sameList = <T>(
  a: readonly T[] = [],
  b: readonly T[] = [],
  same: (one: T, other: T | undefined) => boolean,
): boolean => a.length === b.length && a.every((item, index) => same(item, b[index]));

const sameFailure = (a: FailedNamespace, b: FailedNamespace | undefined): boolean =>
  a.namespace === b?.namespace && a.reason === b.reason;

const sameCondition = (a: Condition, b: Condition | undefined): boolean =>
  a.type === b?.type &&
  a.status === b.status &&
  a.reason === b.reason &&
  a.message === b.message &&
  a.lastTransitionTime === b.lastTransitionTime;

/**
 * Puts the Ready condition into a status. An equal one is left untouched, so that a pass without news writes nothing;
 * `lastTransitionTime` moves only with `status`.
 */
export const withReady = (
  status: ObjectStatus,
  ready: Required<Pick<Condition, 'status' | 'reason' | 'message'>>,
  now: number,
): ObjectStatus => {
  const current = readyCondition(status);
  if (current?.status === ready.status && current.reason === ready.reason && current.message === ready.message)
    return status;
  const since = current?.status === ready.status ? current.lastTransitionTime : undefined;
  const lastTransitionTime = since ?? toTimestamp(now);
  const others = status.conditions.filter(({ type }) => type !== 'Ready');
  return { ...status, conditions: [...others, { type: 'Ready', ...ready, lastTransitionTime }] };
};
