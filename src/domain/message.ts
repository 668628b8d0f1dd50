import { isPushing, type Kind, type ServedRef } from './object-ref.ts';

/** Why objects are looked at. It decides how much must be read, never what is written. */
export type Cause =
  /** A remote key changed at `at` (epoch milliseconds, whole seconds), or it was noted then that lists may not show it yet. `versionId` is the version the event speaks of, when it names one. */
  | { readonly type: 'event'; readonly eventId: string; readonly versionId?: string; readonly at?: number }
  /** The due time came. */
  | { readonly type: 'due' }
  /** A listing shows another version than the target was written from. */
  | { readonly type: 'moved' }
  /** The object or its target changed in the cluster. */
  | { readonly type: 'feed' }
  /** Its store, the store's credentials or the namespace's leave to use the store changed. */
  | { readonly type: 'store' }
  /** Somebody asked. */
  | { readonly type: 'person' };

export interface RequestedObject extends ServedRef {
  readonly uid?: string;
  /** Epoch milliseconds. A message whose due time is no longer the object's is outdated and dropped. */
  readonly dueAt?: number;
  /** The target's resourceVersion that woke the feed: an echo of our own write when the state has it or a newer one. */
  readonly targetResourceVersion?: string;
  /** A PushSecret that the cluster says is deleted: `uid` tells which one. What it pushed is to be seen to, then it is forgotten. */
  readonly gone?: true;
}

/** One message: one cluster, up to {@link MAX_OBJECTS_PER_MESSAGE} objects. */
export interface ReconcileRequest {
  readonly cluster: string;
  readonly cause: Cause;
  readonly traceId: string;
  readonly objects: readonly RequestedObject[];
  /** How often this has been put off because a provider answered with a version older than announced. @default 0 */
  readonly attempt?: number;
  /** The queue delivers it again: what an earlier delivery did before it ended may not be remembered. */
  readonly redelivered?: true;
}

/** Keeps a batch's provider reads shared and its duration far below the function's timeout. */
export const MAX_OBJECTS_PER_MESSAGE = 10;

export type WorkQueue = 'reconcile' | 'push';

/** Writing to AWS is another privilege than reading from it: another function does it, from another queue. */
export const queueOf = (kind: Kind): WorkQueue => (isPushing(kind) ? 'push' : 'reconcile');

/** Splits objects over as many requests as the limit asks for. */
export const toRequests = (
  objects: readonly RequestedObject[],
  envelope: Omit<ReconcileRequest, 'objects'>,
): readonly ReconcileRequest[] => {
  const requests: ReconcileRequest[] = [];
  for (let start = 0; start < objects.length; start += MAX_OBJECTS_PER_MESSAGE)
    requests.push({ ...envelope, objects: objects.slice(start, start + MAX_OBJECTS_PER_MESSAGE) });
  return requests;
};
