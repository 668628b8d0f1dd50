import { createHash } from 'node:crypto';
import { formatLocation } from '../../domain/find-selector.ts';
import { isServed, KINDS, type ObjectRef, type ServedRef, type WatchedKind } from '../../domain/object-ref.ts';
import type { ProvisionerName } from '../../domain/provisioning.ts';
import type { StoreLocation } from '../../domain/remote-key.ts';

/** The table's primary key. An alias, since items that are nothing but their key are written as they are. */
export type Key = { readonly pk: string; readonly sk: string };

/**
 * Parts are joined by `#`. No Kubernetes name holds one, but a name in a spec is what a tenant typed: it must not
 * reach into somebody else's key.
 */
const escapePart = (part: string): string => part.replaceAll('%', '%25').replaceAll('#', '%23');

const unescapePart = (part: string): string => part.replaceAll('%23', '#').replaceAll('%25', '%');

const join = (...parts: readonly string[]): string => parts.map(escapePart).join('#');

const joinRef = ({ kind, namespace, name }: ObjectRef): string => join(kind, namespace, name);

export const META = 'META';
export const LEASE = 'LEASE';
export const OUTAGE = 'OUTAGE';
export const STATE_PREFIX = 'STATE#';
export const FEED_PREFIX = 'FEED#';
export const DEPENDANT_PREFIX = 'DEP#';
export const FINDER_PREFIX = 'FINDER#';
export const NOTED_PREFIX = 'NOTED#';

/** Holds a copy of every registration, so that all of them are one query. */
export const CLUSTERS_PARTITION = 'CLUSTERS';

export const clusterPartition = (cluster: string): string => `CLUSTER#${escapePart(cluster)}`;

export const specPrefix = (kind: WatchedKind): string => `SPEC#${kind}#`;

export const specKey = (cluster: string, ref: ObjectRef): Key => ({
  pk: clusterPartition(cluster),
  sk: `SPEC#${joinRef(ref)}`,
});

/** Under it the index `controller` holds the ExternalSecrets of a ClusterExternalSecret, or the PushSecrets of a ClusterPushSecret. */
export const controllerOf = (cluster: string, { type, name }: ProvisionerName): string =>
  `CONTROLLER#${type.kind === 'ClusterExternalSecret' ? join(cluster, name) : join(cluster, type.kind, name)}`;

export const stateKey = (cluster: string, ref: ServedRef): Key => ({
  pk: clusterPartition(cluster),
  sk: `${STATE_PREFIX}${joinRef(ref)}`,
});

export const leaseKey = (cluster: string): Key => ({ pk: clusterPartition(cluster), sk: LEASE });

export const outageKey = (cluster: string): Key => ({ pk: clusterPartition(cluster), sk: OUTAGE });

export const feedKey = (cluster: string, kind: WatchedKind, namespace: string): Key => ({
  pk: clusterPartition(cluster),
  sk: `${FEED_PREFIX}${join(kind, namespace)}`,
});

export const storePartition = (cluster: string, store: ServedRef): string =>
  `STORE#${escapePart(cluster)}#${joinRef(store)}`;

export const userKey = (cluster: string, store: ServedRef, user: ServedRef): Key => ({
  pk: storePartition(cluster, store),
  sk: joinRef(user),
});

/** A partition key takes 2,048 bytes; no provider has names this long, but a spec may. */
const MAX_KEY_TEXT_BYTES = 1_500;

/** @param remoteKey - as `formatRemoteKey` writes it. Its name comes last, so it needs no escape. */
export const remoteKeyPartition = (remoteKey: string): string =>
  Buffer.byteLength(remoteKey) <= MAX_KEY_TEXT_BYTES
    ? `KEY#${remoteKey}`
    : `KEY#sha256#${createHash('sha256').update(remoteKey).digest('hex')}`;

export const dependantKey = (remoteKey: string, { cluster, ref }: { cluster: string; ref: ServedRef }): Key => ({
  pk: remoteKeyPartition(remoteKey),
  sk: `${DEPENDANT_PREFIX}${escapePart(cluster)}#${joinRef(ref)}`,
});

/** Who writes the key at present. */
export const writerKey = (remoteKey: string): Key => ({ pk: remoteKeyPartition(remoteKey), sk: 'WRITER' });

export const finderPartition = (location: StoreLocation): string => `FIND#${formatLocation(location)}`;

/** @param search - as `formatPlaced` writes it; of any length, so only its digest is part of the key */
export const finderKey = (
  location: StoreLocation,
  search: string,
  { cluster, ref }: { cluster: string; ref: ServedRef },
): Key => ({
  pk: finderPartition(location),
  sk: `${FINDER_PREFIX}${escapePart(cluster)}#${joinRef(ref)}#${createHash('sha256').update(search).digest('hex')}`,
});

/** Sorts by time. A name comes last, so it needs no escape. */
export const notedKey = (location: StoreLocation, note: { readonly at: number; readonly name: string }): Key => ({
  pk: finderPartition(location),
  sk: `${NOTED_PREFIX}${String(note.at).padStart(15, '0')}#${note.name}`,
});

export const eventKey = (eventId: string): Key => ({ pk: `EVENT#${eventId}`, sk: META });

export const listingKey = (identity: string): Key => ({ pk: `LISTING#${identity}`, sk: META });

export const quotaKey = (quota: string): Key => ({ pk: `QUOTA#${quota}`, sk: META });

const WATCHED_KINDS: ReadonlySet<string> = new Set<WatchedKind>([...KINDS, 'Namespace', 'Secret']);

const isWatchedKind = (kind: string): kind is WatchedKind => WATCHED_KINDS.has(kind);

/** The parts after the prefix; of a partition or sort key alike. */
const partsAfter = (prefix: string, text: string): readonly string[] =>
  text.startsWith(prefix) ? text.slice(prefix.length).split('#').map(unescapePart) : [];

/** Undefined: a kind this version does not know. */
const toRef = (parts: readonly string[]): ObjectRef | undefined => {
  const [kind, namespace, name, ...more] = parts;
  if (kind === undefined || namespace === undefined || name === undefined || more.length > 0) return undefined;
  return isWatchedKind(kind) ? { kind, namespace, name } : undefined;
};

const toServedRef = (parts: readonly string[]): ServedRef | undefined => {
  const ref = toRef(parts);
  return ref !== undefined && isServed(ref) ? ref : undefined;
};

/** Each of these gives undefined for a key of another shape, or a kind that this version does not know. */
export const parseCluster = ({ pk }: Key): string | undefined => {
  const [cluster, ...more] = partsAfter('CLUSTER#', pk);
  return more.length > 0 ? undefined : cluster;
};

export const parseSpecRef = ({ sk }: Key): ObjectRef | undefined => toRef(partsAfter('SPEC#', sk));

export const parseStateRef = ({ sk }: Key): ServedRef | undefined => toServedRef(partsAfter(STATE_PREFIX, sk));

export const parseUser = ({ sk }: Key): ServedRef | undefined => toServedRef(partsAfter('', sk));

export const parseDependant = ({ sk }: Key): { readonly cluster: string; readonly ref: ServedRef } | undefined => {
  const [cluster, ...object] = partsAfter(DEPENDANT_PREFIX, sk);
  const ref = toServedRef(object);
  return cluster === undefined || ref === undefined ? undefined : { cluster, ref };
};

export const parseFinder = ({ sk }: Key): { readonly cluster: string; readonly ref: ServedRef } | undefined => {
  const [cluster, ...object] = partsAfter(FINDER_PREFIX, sk).slice(0, -1);
  const ref = toServedRef(object);
  return cluster === undefined || ref === undefined ? undefined : { cluster, ref };
};

/** The name in a key of {@link notedKey}. */
export const parseNoted = ({ sk }: Key): string | undefined => /^NOTED#\d+#(.+)$/s.exec(sk)?.[1];

export const parseFeed = ({ sk }: Key): { readonly kind: WatchedKind; readonly namespace: string } | undefined => {
  const [kind = '', namespace, ...more] = partsAfter(FEED_PREFIX, sk);
  return namespace !== undefined && more.length === 0 && isWatchedKind(kind) ? { kind, namespace } : undefined;
};
