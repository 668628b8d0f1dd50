import type { Cluster } from '../domain/cluster.ts';

/** One difference between two registrations, in words for the operator. */
export interface ClusterChange {
  /** Path such as `identity.defaultRole` or `labels.team`. */
  readonly field: string;
  /** Empty: it was not set. */
  readonly before: string;
  readonly after: string;
}

/** Nothing in a registration is secret, so both sides may be shown; of certificates only that they differ. */
export const clusterChanges = (before: Cluster, after: Cluster): readonly ClusterChange[] => {
  const old = flatten(before);
  const current = flatten(after);
  return [...new Set([...old.keys(), ...current.keys()])]
    .map((field) => ({ field, before: old.get(field) ?? '', after: current.get(field) ?? '' }))
    .filter((change) => change.before !== change.after)
    .map((change) => (change.field === 'connection.certificateAuthority' ? withoutPem(change) : change));
};

const withoutPem = ({ field, before, after }: ClusterChange): ClusterChange => ({
  field,
  before: before && '(a certificate)',
  after: after && (before ? '(another)' : '(a certificate)'),
});

const flatten = (record: object, path = ''): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(record).flatMap(([name, value]: [string, unknown]): readonly (readonly [string, string])[] => {
      if (value === undefined) return [];
      if (Array.isArray(value)) return [[path + name, value.join(', ')]];
      return typeof value === 'object' && value !== null
        ? [...flatten(value, `${path}${name}.`)]
        : [[path + name, String(value)]];
    }),
  );
