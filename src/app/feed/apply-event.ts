import { isNamespaceChanged, isObjectChanged } from '../../domain/feed-change.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { isServed, type ObjectRef, type ServedRef } from '../../domain/object-ref.ts';
import { provisionerKindFor } from '../../domain/provisioner.ts';
import type { createForget } from '../forget-object.ts';
import type { Clock } from '../ports/runtime.ts';
import type { Mirror } from '../ports/tables.ts';
import type { FeedIndex } from './feed-index.ts';
import type { WakeBuffer } from './wake-buffer.ts';

export interface FeedContext {
  readonly cluster: string;
  readonly index: FeedIndex;
  readonly wakes: WakeBuffer;
  readonly mirror: Mirror;
  readonly forget: ReturnType<typeof createForget>;
  readonly clock: Clock;
}

/** Takes in what a cluster says of one object: remember it, and wake whom it concerns. Safe to repeat. */
export const applyChange = async (feed: FeedContext, object: MirroredObject): Promise<void> => {
  switch (object.ref.kind) {
    case 'Secret':
      return applySecret(feed, object, 'changed');
    case 'Namespace':
      return applyNamespace(feed, object);
    default:
      return applyServed(feed, object);
  }
};

export const applyDeletion = async (feed: FeedContext, object: MirroredObject): Promise<void> => {
  const { ref, uid } = object;
  if (ref.kind === 'Secret') return applySecret(feed, object, 'deleted');
  if (ref.kind === 'PushSecret') handOver(feed, object);
  else if (isServed(ref)) await feed.forget(feed.cluster, ref, uid);
  else await feed.mirror.remove(feed.cluster, ref, uid);
  const isCurrent = feed.index.get(ref)?.uid === uid;
  if (isCurrent) feed.index.remove(ref);
  if (isChild(ref)) wakeProvisioners(feed, object, undefined);
  if (ref.kind === 'Namespace' && isCurrent) wakeAll(feed, feed.index.provisionersOf(object));
  wakePushers(feed, object);
};

/**
 * What a PushSecret put into providers is to be taken out of them: whoever does that forgets it last. Until then a repeat
 * of the deletion finds what is left to do.
 */
const handOver = ({ wakes }: FeedContext, { ref, uid }: MirroredObject): void => {
  if (isServed(ref)) wakes.add({ ref, cause: 'feed', uid, gone: true });
};

const applyServed = async (feed: FeedContext, object: MirroredObject): Promise<void> => {
  const before = feed.index.get(object.ref);
  if (!isObjectChanged(before, object)) return;
  // Made anew under its name: what the old one depended on would stay recorded for ever.
  if (before !== undefined && before.uid !== object.uid) await applyDeletion(feed, before);
  await remember(feed, object);
  wakeConcerned(feed, object, before);
};

const applyNamespace = async (feed: FeedContext, object: MirroredObject): Promise<void> => {
  const before = feed.index.get(object.ref);
  if (!isNamespaceChanged(before, object)) return;
  await remember(feed, object);
  // Seen for the first time it may be late: its ExternalSecrets came first and found no namespace to judge.
  wakeReaders(feed, object, before === undefined ? 'feed' : 'store');
  if (before !== undefined) wakeAll(feed, feed.index.provisionersOf(before));
  wakeAll(feed, feed.index.provisionersOf(object));
};

/** Wakes whom a mirrored object's change concerns. */
export const wakeConcerned = (feed: FeedContext, object: MirroredObject, before?: MirroredObject): void => {
  if (isServed(object.ref)) feed.wakes.add({ ref: object.ref, cause: 'feed', uid: object.uid });
  wakePushers(feed, object, before);
  if (isChild(object.ref)) wakeProvisioners(feed, before, object);
  if (isServed(object.ref)) return;
  wakeReaders(feed, object, 'store');
  wakeAll(feed, feed.index.provisionersOf(object));
};

/** A store that came, went or changed: also one that a selector matches now, or did before. */
const wakePushers = ({ index, wakes }: FeedContext, store: MirroredObject, before?: MirroredObject): void => {
  if (store.ref.kind !== 'SecretStore' && store.ref.kind !== 'ClusterSecretStore') return;
  for (const ref of index.pushersTo(store, ...(before === undefined ? [] : [before])))
    wakes.add({ ref, cause: 'store' });
};

/** What a ClusterExternalSecret or ClusterPushSecret may have made. */
const isChild = ({ kind }: ObjectRef): boolean => provisionerKindFor(kind) !== undefined;

const wakeProvisioners = (
  feed: FeedContext,
  before: MirroredObject | undefined,
  now: MirroredObject | undefined,
): void => wakeAll(feed, feed.index.provisionersConcerned(before, now));

const wakeAll = ({ wakes }: FeedContext, refs: readonly ServedRef[]): void => {
  for (const ref of refs) wakes.add({ ref, cause: 'feed' });
};

const wakeReaders = ({ index, wakes }: FeedContext, { ref }: MirroredObject, cause: 'feed' | 'store'): void => {
  for (const reader of index.clusterStoreReaders(ref.name)) wakes.add({ ref: reader, cause });
};

/** Secrets are not mirrored: a target is compared with the state, and credentials are read when they are used. */
const applySecret = async (
  { index, wakes }: FeedContext,
  { ref, labels, resourceVersion }: MirroredObject,
  how: 'changed' | 'deleted',
): Promise<void> => {
  const version = how === 'deleted' ? {} : { targetResourceVersion: resourceVersion };
  for (const writer of index.writersOf(ref.namespace, ref.name)) wakes.add({ ref: writer, cause: 'feed', ...version });
  for (const store of index.storesUsing(ref.namespace, ref.name)) wakes.add({ ref: store, cause: 'feed' });
  for (const reader of index.clusterStoreReaders(ref.namespace, ref.name)) wakes.add({ ref: reader, cause: 'store' });
  for (const { ref: pusher, as } of index.pushersConcerned({ ...ref, labels })) {
    const wake = { ref: pusher, cause: 'feed' } as const;
    const seenAs = how === 'deleted' && as === 'source' ? 'deleted' : as;
    wakes.add(seenAs === 'other' ? wake : { ...wake, sources: [{ name: ref.name, as: seenAs, resourceVersion }] });
  }
};

const remember = async ({ cluster, mirror, index, clock }: FeedContext, object: MirroredObject): Promise<void> => {
  await mirror.put(cluster, { ...object, seenAt: clock.now() });
  index.put(object);
};
