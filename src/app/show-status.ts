import type { Cluster } from '../domain/cluster.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { formatRef, isServed, KINDS, type Kind, parseRef, type ServedRef } from '../domain/object-ref.ts';
import { refreshIntervalIn } from '../domain/parse-external-secret.ts';
import type { PushedState } from '../domain/push/pushed.ts';
import { servedIntervalMilliseconds } from '../domain/served-interval.ts';
import { type ObjectStatus, readyCondition } from '../domain/status.ts';
import type { ReadVersion, SyncState } from '../domain/sync-state.ts';
import type { ClusterRegistry, Mirror, States } from './ports/tables.ts';

/** One object as the service knows it. Never a value. */
export interface ObjectReport {
  readonly cluster: string;
  readonly kind: Kind;
  /** Empty: the kind has none. */
  readonly namespace: string;
  readonly name: string;
  /** `Unknown`: seen, and not yet worked on. */
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Empty: the kind has none. */
  readonly reason: string;
  readonly message: string;
  /** Epoch milliseconds at which the target was last written or proven current. Absent: never. */
  readonly syncedAt?: number;
  /** Where the target's content came from; of a PushSecret, where its Secret's content went. */
  readonly versions: readonly ReadVersion[];
  /** Failures in a row. */
  readonly failures: number;
  /** Epoch milliseconds. */
  readonly dueAt?: number;
  /** The registration's minimum, of an object that asks to be refreshed more often. */
  readonly servedEvery?: string;
}

export interface StatusFilter {
  readonly cluster?: string;
  readonly namespace?: string;
  readonly kind?: Kind;
}

export interface ShowStatusDeps {
  readonly clusters: Pick<ClusterRegistry, 'list'>;
  readonly states: Pick<States, 'list'>;
  readonly mirror: Pick<Mirror, 'list'>;
}

/** Sorted by cluster, kind, namespace and name. */
export type ShowStatus = (filter: StatusFilter, signal?: AbortSignal) => Promise<readonly ObjectReport[]>;

export const createShowStatus =
  (deps: ShowStatusDeps): ShowStatus =>
  async (filter, signal) => {
    const reports: ObjectReport[] = [];
    for (const cluster of (await deps.clusters.list(signal)).toSorted((a, b) => compare(a.name, b.name)))
      if (filter.cluster === undefined || filter.cluster === cluster.name)
        reports.push(...(await reportCluster(deps, { cluster, filter }, signal)));
    return reports;
  };

const reportCluster = async (
  { states, mirror }: ShowStatusDeps,
  { cluster, filter }: { readonly cluster: Cluster; readonly filter: StatusFilter },
  signal: AbortSignal | undefined,
): Promise<readonly ObjectReport[]> => {
  const kinds: readonly Kind[] = filter.kind === undefined ? KINDS : [filter.kind];
  const known = await states.list(cluster.name, signal);
  const seen = (await Promise.all(kinds.map((kind) => mirror.list(cluster.name, kind, signal)))).flat();
  const slowed = slowedBy(cluster, seen);
  const waiting = seen
    .map(({ ref }) => ref)
    .filter(isServed)
    .filter((ref) => !known.has(formatRef(ref)));
  return [
    ...[...known].map(([text, state]) => toReport(cluster.name, parseRef(text), state)),
    ...waiting.map((ref) => toWaiting(cluster.name, ref)),
  ]
    .map((report) => ({
      ...report,
      ...(slowed.has(formatRef(report)) ? { servedEvery: cluster.minRefreshInterval } : {}),
    }))
    .filter(({ kind, namespace }) => kinds.includes(kind) && (filter.namespace ?? namespace) === namespace)
    .sort((a, b) => compare(sortKey(a), sortKey(b)));
};

/** Objects that ask to be refreshed more often than their cluster's registration allows. */
const slowedBy = (cluster: Cluster, objects: readonly MirroredObject[]): ReadonlySet<string> => {
  const slowed = objects.filter((object) => {
    const asked = object.ref.kind === 'ExternalSecret' ? refreshIntervalIn(object) : undefined;
    return asked !== undefined && servedIntervalMilliseconds(asked, cluster) > asked;
  });
  return new Set(slowed.map(({ ref }) => formatRef(ref)));
};

const toReport = (cluster: string, { kind, namespace, name }: ServedRef, state: SyncState): ObjectReport => {
  const ready = readyCondition(state.status);
  const syncedAt = state.verifiedAt ?? parseTime(state.status.refreshTime);
  return {
    cluster,
    kind,
    namespace,
    name,
    ready: ready?.status ?? 'Unknown',
    reason: ready === undefined ? 'Pending' : (ready.reason ?? ''),
    message: [ready?.message ?? '', ...failures(state.status)].filter((text) => text !== '').join('; '),
    ...(syncedAt === undefined ? {} : { syncedAt }),
    versions: state.pushed === undefined ? state.versions : versionsOf(state.pushed),
    failures: state.failures,
    dueAt: state.dueAt,
  };
};

const versionsOf = ({ entries }: PushedState): readonly ReadVersion[] =>
  entries.flatMap(({ key, versions = [] }) => versions.slice(0, 1).map((version) => ({ id: key, version })));

const failures = ({ failedNamespaces = [] }: ObjectStatus): readonly string[] =>
  failedNamespaces.map(({ namespace, reason = '' }) => `${namespace}: ${reason}`);

const toWaiting = (cluster: string, { kind, namespace, name }: ServedRef): ObjectReport => ({
  cluster,
  kind,
  namespace,
  name,
  ready: 'Unknown',
  reason: 'Pending',
  message: 'seen in the cluster, not worked on yet',
  versions: [],
  failures: 0,
});

const parseTime = (time: string | null | undefined): number | undefined => {
  const milliseconds = Date.parse(time ?? '');
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
};

/** A space sorts before anything a name may hold. */
const sortKey = ({ kind, namespace, name }: ObjectReport): string => `${KINDS.indexOf(kind)} ${namespace} ${name}`;

const compare = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
