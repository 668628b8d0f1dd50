import type { Cluster } from '../../domain/cluster.ts';
import { isNewerVersion, type MirroredObject } from '../../domain/mirrored-object.ts';
import { formatRef, isServed } from '../../domain/object-ref.ts';
import type { FeedPositions, States } from '../ports/tables.ts';
import { type FeedContext, wakeConcerned } from './apply-event.ts';
import { courseOf, positionOf } from './followed.ts';

interface Remembered {
  readonly cluster: Cluster;
  readonly positions: Awaited<ReturnType<FeedPositions['list']>>;
  readonly states: States;
}

/**
 * Wakes what an earlier holder may have left undone. A position says that everything up to it was sent, so an object
 * mirrored past it may not have been: its event comes again, but then looks like no change. And an object that never
 * came to a state lost its message later on: nothing stops silently.
 */
export const wakeRemembered = async (feed: FeedContext, { cluster, positions, states }: Remembered): Promise<void> => {
  const settled = cluster.mode === 'observe' ? undefined : await states.list(cluster.name); // observing keeps no states
  const isUnsettled = ({ ref }: MirroredObject) => isServed(ref) && settled?.has(formatRef(ref)) === false;
  const { first, next } = courseOf(cluster);
  for (const followed of [...first, ...next]) {
    const sentUpTo = positionOf(positions, followed)?.resourceVersion;
    const isUnsent = ({ resourceVersion }: MirroredObject) =>
      sentUpTo === undefined || isNewerVersion(resourceVersion, sentUpTo);
    for (const object of feed.index.list(followed.kind, followed.namespace))
      if (isUnsent(object) || isUnsettled(object)) wakeConcerned(feed, object);
  }
};
