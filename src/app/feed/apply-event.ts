import { isObjectChanged } from '../../domain/feed-change.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { isServed } from '../../domain/object-ref.ts';
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
      return applySecret(feed, object, object.resourceVersion);
    case 'Namespace':
      return applyNamespace(feed, object);
    default:
      return applyServed(feed, object);
  }
};

export const applyDeletion = async (feed: FeedContext, { ref, uid }: MirroredObject): Promise<void> => {
  if (ref.kind === 'Secret') return applySecret(feed, { ref, uid });
  if (isServed(ref)) await feed.forget(feed.cluster, ref, uid);
  else await feed.mirror.remove(feed.cluster, ref, uid);
  if (feed.index.get(ref)?.uid === uid) feed.index.remove(ref);
};

const applyServed = async (feed: FeedContext, object: MirroredObject): Promise<void> => {
  if (!isServed(object.ref) || !isObjectChanged(feed.index.get(object.ref), object)) return;
  await remember(feed, object);
  feed.wakes.add({ ref: object.ref, cause: 'feed', uid: object.uid });
};

/** Only labels decide whether a namespace may use a ClusterSecretStore. */
const applyNamespace = async (feed: FeedContext, object: MirroredObject): Promise<void> => {
  const before = feed.index.get(object.ref);
  if (before?.uid === object.uid && JSON.stringify(before.labels) === JSON.stringify(object.labels)) return;
  await remember(feed, object);
  if (before === undefined) return;
  for (const ref of feed.index.clusterStoreReaders(object.ref.name)) feed.wakes.add({ ref, cause: 'store' });
};

/** Secrets are not mirrored: a target is compared with the state, and credentials are read when they are used. */
const applySecret = async (
  { index, wakes }: FeedContext,
  { ref }: Pick<MirroredObject, 'ref' | 'uid'>,
  resourceVersion?: string,
): Promise<void> => {
  const version = resourceVersion === undefined ? {} : { targetResourceVersion: resourceVersion };
  for (const writer of index.writersOf(ref.namespace, ref.name)) wakes.add({ ref: writer, cause: 'feed', ...version });
  for (const store of index.storesUsing(ref.namespace, ref.name)) wakes.add({ ref: store, cause: 'feed' });
  for (const reader of index.clusterStoreReaders(ref.namespace, ref.name)) wakes.add({ ref: reader, cause: 'store' });
};

const remember = async ({ cluster, mirror, index, clock }: FeedContext, object: MirroredObject): Promise<void> => {
  await mirror.put(cluster, { ...object, seenAt: clock.now() });
  index.put(object);
};
