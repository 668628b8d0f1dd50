import { randomUUID } from 'node:crypto';
import type { Cluster } from './cluster-state.ts';
import { establish, isEstablished } from './definition-rules.ts';
import type { JsonObject } from './json.ts';
import { stringAt } from './json.ts';
import {
  finalizersOf,
  isBeingDeleted,
  nameOf,
  namespaceOf,
  ownersOf,
  toTimestamp,
  uidOf,
  withMetadata,
} from './object-meta.ts';
import { collectionOf, keyOf } from './resource-type.ts';
import type { Change } from './store.ts';
import { DEFINITIONS } from './type-registry.ts';

const NAMESPACES = '/namespaces';
const ACCOUNTS = '/serviceaccounts';

/** Removes an object, or marks it when finalizers hold it. */
const release = ({ store, now }: Cluster, collection: string, object: JsonObject): void => {
  const key = keyOf(namespaceOf(object), nameOf(object));
  if (finalizersOf(object).length === 0) store.remove(collection, key);
  else if (!isBeingDeleted(object)) {
    store.put(
      collection,
      key,
      withMetadata(object, { deletionTimestamp: toTimestamp(now()), deletionGracePeriodSeconds: 0 }),
    );
  }
};

const livingUids = ({ store }: Cluster): ReadonlySet<string> =>
  new Set(store.collections().flatMap((collection) => store.list(collection, '').map(uidOf)));

/** Objects all of whose owners are gone go too. Owners are the same only with the same uid. */
const collectGarbage = (cluster: Cluster): void => {
  const living = livingUids(cluster);
  for (const collection of cluster.store.collections()) {
    for (const object of cluster.store.list(collection, '')) {
      const owners = ownersOf(object);
      if (owners.length === 0) continue;
      const left = owners.filter((owner) => living.has(stringAt(owner, 'uid') ?? ''));
      if (left.length === 0) release(cluster, collection, object);
      else if (left.length < owners.length) {
        const key = keyOf(namespaceOf(object), nameOf(object));
        cluster.store.put(collection, key, withMetadata(object, { ownerReferences: left }));
      }
    }
  }
};

/** Empties namespaces that are going, and removes them once nothing holds them. */
const emptyNamespaces = (cluster: Cluster): void => {
  const { store } = cluster;
  for (const namespace of store.list(NAMESPACES, '').filter(isBeingDeleted)) {
    const prefix = `${nameOf(namespace)}/`;
    const contents = (): readonly (readonly [string, JsonObject])[] =>
      store
        .collections()
        .flatMap((collection) => store.list(collection, prefix).map((object) => [collection, object] as const));
    for (const [collection, object] of contents()) release(cluster, collection, object);
    if (contents().length === 0 && finalizersOf(namespace).length === 0)
      store.remove(NAMESPACES, keyOf('', nameOf(namespace)));
  }
};

const hasEndingNamespaces = ({ store }: Cluster): boolean => store.list(NAMESPACES, '').some(isBeingDeleted);

/** Every namespace has a service account `default`. */
const addDefaultAccounts = ({ store, now }: Cluster): void => {
  for (const namespace of store.list(NAMESPACES, '')) {
    const key = keyOf(nameOf(namespace), 'default');
    if (isBeingDeleted(namespace) || store.get(ACCOUNTS, key) !== undefined) continue;
    store.put(ACCOUNTS, key, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'default',
        namespace: nameOf(namespace),
        uid: randomUUID(),
        creationTimestamp: toTimestamp(now()),
      },
    });
  }
};

/** Objects of kinds that are no longer defined. */
const dropUndefinedKinds = ({ store, types }: Cluster): void => {
  const known = new Set(types.all().map(collectionOf));
  for (const collection of store.collections().filter((name) => !known.has(name))) {
    for (const object of store.list(collection, ''))
      store.remove(collection, keyOf(namespaceOf(object), nameOf(object)));
  }
};

/** New kinds are served a moment after they are defined, not at once: clients have to wait for it everywhere. */
const establishKinds = ({ store }: Cluster): void => {
  for (const definition of store.list(DEFINITIONS, '')) {
    if (!isEstablished(definition)) store.put(DEFINITIONS, keyOf('', nameOf(definition)), establish(definition));
  }
};

const SETTLE_MS = 20;
/** A pass looks at every object, so many changes share one. */
const COLLECT_AFTER_MS = 200;
/** Namespaces stay Terminating long enough to be seen so. */
const EMPTY_AFTER_MS = 400;

interface Delayed {
  /** Runs the work once, some time after the first of several calls. */
  readonly schedule: () => void;
  readonly cancel: () => void;
}

const delayed = (work: () => void, milliseconds: number): Delayed => {
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    timer = undefined;
    work();
  };
  return {
    schedule: () => {
      timer ??= setTimeout(run, milliseconds);
    },
    cancel: () => clearTimeout(timer),
  };
};

const gainsOwners = ({ before, after }: Change): boolean =>
  after !== undefined && ownersOf(after).length > 0 && ownersOf(before ?? {}).length === 0;

/** Runs the controllers shortly after the changes they care about; returns what ends them. */
export const startControllers = (cluster: Cluster): (() => void) => {
  const kinds = delayed(() => {
    establishKinds(cluster);
    dropUndefinedKinds(cluster);
    addDefaultAccounts(cluster);
  }, SETTLE_MS);
  const garbage = delayed(() => collectGarbage(cluster), COLLECT_AFTER_MS);
  const emptying = delayed(() => emptyNamespaces(cluster), EMPTY_AFTER_MS);
  addDefaultAccounts(cluster);
  const unsubscribe = cluster.store.subscribe((change) => {
    const { collection, after } = change;
    const isGone = after === undefined || isBeingDeleted(after);
    if (isGone || gainsOwners(change)) garbage.schedule();
    if (isGone && hasEndingNamespaces(cluster)) emptying.schedule();
    if (isGone || collection === NAMESPACES || collection === DEFINITIONS) kinds.schedule();
  });
  return () => {
    unsubscribe();
    for (const { cancel } of [kinds, garbage, emptying]) cancel();
  };
};
