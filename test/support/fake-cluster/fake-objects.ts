import type { ClusterClient, ObjectPage, WatchEvent, WatchOptions } from '../../../src/app/ports/cluster-client.ts';
import type { MadeObject } from '../../../src/domain/made-object.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { ObjectRef, WatchedKind } from '../../../src/domain/object-ref.ts';
import { PositionExpiredError } from '../../../src/domain/position-expired-error.ts';
import { ClusterForbiddenError, ClusterRejectedError, WriteConflictError } from '../../../src/domain/sync-error.ts';
import { RESOURCES, toMirrored } from './convert.ts';
import { written } from './fake-secrets.ts';
import { recordedBy } from './managed-fields.ts';
import type { Change, ObjectStore, StoredObject } from './object-store.ts';

export type ObjectCalls = Pick<
  ClusterClient,
  'readObject' | 'createObject' | 'replaceObject' | 'deleteObject' | 'replaceStatus' | 'setFinalizers' | 'listObjects'
>;

/** Reading and writing the kinds of the External Secrets API, and lists. */
export const createFakeObjects = (store: ObjectStore): ObjectCalls => {
  const pages = new Map<string, ObjectPage>();
  return {
    readObject: async (ref) => {
      const found = store.get(ref);
      return found === undefined ? undefined : { ...toMirrored(found), ...managersOf(found) };
    },
    createObject: async (object, manager) => {
      const { namespace, name } = object.ref;
      if (namespace !== '')
        refuseNamespace(store, namespace, `creating ${RESOURCES[object.ref.kind]} ${namespace}/${name}`);
      if (store.get(object.ref) !== undefined)
        throw new WriteConflictError(`creating ${RESOURCES[object.ref.kind]} ${namespace}/${name}: AlreadyExists`);
      return written(store.create({ ...NO_SECRET, ...contentOf(object), managedFields: recordedBy([], manager) }));
    },
    replaceObject: async (object, manager) => {
      const current = currentOf(store, { ...object.ref, resourceVersion: object.resourceVersion });
      const managedFields = recordedBy(current.managedFields, manager);
      return written(store.update({ ...current, ...contentOf(object), managedFields }));
    },
    deleteObject: async (ref, { uid, resourceVersion }) => {
      const current = store.get(ref);
      if (current === undefined || current.uid !== uid) return;
      store.delete(currentOf(store, { ...ref, resourceVersion }).ref);
    },
    replaceStatus: async (ref, status) =>
      written(store.update({ ...currentOf(store, ref), status: structuredClone(status) })),
    setFinalizers: async (ref, finalizers) => written(store.update({ ...currentOf(store, ref), finalizers })),

    /** Every page is of the moment the first one was asked for. */
    listObjects: async (kind, { namespace, limit, continueToken }) => {
      const whole = continueToken === undefined ? snapshot(store, kind, namespace) : pages.get(continueToken);
      if (whole === undefined || BigInt(whole.resourceVersion) < store.forgottenUntil)
        throw new PositionExpiredError(`listing ${RESOURCES[kind]}: the continue token has expired`);
      const { items, resourceVersion } = whole;
      if (items.length <= limit) return whole;
      const next = `${resourceVersion}/${pages.size}`;
      pages.set(next, { items: items.slice(limit), resourceVersion });
      return { items: items.slice(0, limit), resourceVersion, continueToken: next };
    },
  };
};

const managersOf = ({ ref, managedFields }: StoredObject): Pick<MirroredObject, 'managedFields'> =>
  ref.kind !== 'ExternalSecret' || managedFields.length === 0 ? {} : { managedFields };

const NO_SECRET = { managedFields: [], type: 'Opaque', immutable: false, data: new Map() } as const;

const contentOf = ({ ref, labels, annotations, finalizers, ownerReferences, spec }: MadeObject) => ({
  ref: { kind: ref.kind, namespace: ref.namespace, name: ref.name },
  labels,
  annotations,
  finalizers,
  ownerReferences,
  spec: structuredClone(spec),
});

const refuseNamespace = (store: ObjectStore, name: string, what: string): void => {
  const namespace = store.get({ kind: 'Namespace', namespace: '', name });
  if (namespace === undefined) throw new ClusterRejectedError(`${what}: the namespace does not exist`);
  if (namespace.deletionTimestamp !== undefined)
    throw new ClusterForbiddenError(`${what}: the namespace is being terminated`);
};

const currentOf = (store: ObjectStore, ref: ObjectRef & { readonly resourceVersion: string }): StoredObject => {
  const { kind, namespace, name } = ref;
  const current = store.get({ kind, namespace, name });
  if (current === undefined || current.resourceVersion !== ref.resourceVersion)
    throw new WriteConflictError(
      `writing ${RESOURCES[kind]} ${namespace}/${name}: ${current === undefined ? 'NotFound' : 'Conflict'}`,
    );
  return current;
};

const isOf = ({ ref }: StoredObject, kind: WatchedKind, namespace: string | undefined): boolean =>
  ref.kind === kind && (namespace === undefined || ref.namespace === namespace);

const snapshot = (store: ObjectStore, kind: WatchedKind, namespace: string | undefined): ObjectPage => ({
  items: store
    .list()
    .filter((object) => isOf(object, kind, namespace))
    .map(toMirrored),
  resourceVersion: store.version,
});

export interface FakeWatch {
  readonly kind: WatchedKind;
  readonly options: WatchOptions;
  readonly signal: AbortSignal;
}

/** Replays the history after the position, then follows it until `signal` aborts. */
export async function* watchStore(
  store: ObjectStore,
  { kind, options: { namespace, resourceVersion }, signal }: FakeWatch,
): AsyncIterable<WatchEvent> {
  if (BigInt(resourceVersion) < store.forgottenUntil)
    throw new PositionExpiredError(`watching ${RESOURCES[kind]}: the history after ${resourceVersion} is gone`);
  const queue = store.history.filter(({ version }) => version > BigInt(resourceVersion));
  let wake: () => void = () => undefined;
  const listen = (change: Change): void => {
    queue.push(change);
    wake();
  };
  store.listeners.add(listen);
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      const next = queue.shift();
      const event = next === undefined ? undefined : toEvent(next, kind, namespace);
      if (event !== undefined) yield event;
      if (next === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    store.listeners.delete(listen);
  }
}

const toEvent = (
  { type, object, version }: Change,
  kind: WatchedKind,
  namespace: string | undefined,
): WatchEvent | undefined => {
  if (type === 'bookmark') return { type, resourceVersion: String(version) };
  return object !== undefined && isOf(object, kind, namespace) ? { type, object: toMirrored(object) } : undefined;
};
