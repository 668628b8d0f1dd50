import type { JsonObject } from './json.ts';
import { compareText } from './json.ts';
import { withMetadata } from './object-meta.ts';

/** One write. `before` is missing when the object was created, `after` when it was removed; `last` is it as it was then. */
export interface Change {
  readonly resourceVersion: number;
  readonly collection: string;
  readonly key: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  /** The removed object, carrying the resourceVersion of its removal. */
  readonly removed: JsonObject | undefined;
}

export type ChangeListener = (change: Change) => void;

/** Objects by collection (`group/plural`) and key (`namespace/name`), and what happened to them lately. */
export interface Store {
  readonly currentVersion: () => number;
  readonly get: (collection: string, key: string) => JsonObject | undefined;
  /** Objects whose key begins with `prefix`, by key. */
  readonly list: (collection: string, prefix: string) => readonly JsonObject[];
  /** The same as it was at an earlier resourceVersion; undefined when that is older than the kept window. */
  readonly listAt: (request: PastList) => readonly JsonObject[] | undefined;
  readonly put: (collection: string, key: string, object: JsonObject) => JsonObject;
  readonly remove: (collection: string, key: string) => JsonObject | undefined;
  readonly collections: () => readonly string[];
  /** Changes after a resourceVersion; undefined when some of them are no longer kept. */
  readonly changesAfter: (collection: string, resourceVersion: number) => readonly Change[] | undefined;
  /** Calls back for every later change, synchronously; returns what ends it. */
  readonly subscribe: (listener: ChangeListener) => () => void;
}

export interface PastList {
  readonly collection: string;
  readonly prefix: string;
  readonly resourceVersion: number;
}

interface History {
  readonly add: (change: Change) => void;
  readonly after: (resourceVersion: number) => readonly Change[] | undefined;
}

const createHistory = (windowEvents: number): History => {
  let kept: Change[] = [];
  let forgottenUpTo = 0;
  const forget = (): void => {
    const surplus = kept.length - windowEvents;
    if (surplus <= 0) return;
    forgottenUpTo = kept[surplus - 1]?.resourceVersion ?? forgottenUpTo;
    kept = kept.slice(surplus);
  };
  return {
    add: (change) => {
      kept.push(change);
      if (kept.length >= windowEvents * 2) forget();
    },
    after: (resourceVersion) => {
      forget();
      if (resourceVersion < forgottenUpTo) return undefined;
      return kept.filter((change) => change.resourceVersion > resourceVersion);
    },
  };
};

export const createStore = (windowEvents: number): Store => {
  const collections = new Map<string, Map<string, JsonObject>>();
  const listeners = new Set<ChangeListener>();
  const history = createHistory(windowEvents);
  let version = 1;

  const collectionOf = (name: string): Map<string, JsonObject> => {
    const known = collections.get(name) ?? new Map<string, JsonObject>();
    collections.set(name, known);
    return known;
  };
  const record = (change: Change): void => {
    history.add(change);
    for (const listener of [...listeners]) listener(change);
  };
  const sorted = (objects: ReadonlyMap<string, JsonObject>, prefix: string): readonly JsonObject[] =>
    [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([left], [right]) => compareText(left, right))
      .map(([, object]) => object);

  return {
    currentVersion: () => version,
    get: (collection, key) => collections.get(collection)?.get(key),
    list: (collection, prefix) => sorted(collectionOf(collection), prefix),
    listAt: ({ collection, prefix, resourceVersion }) => {
      const later = history.after(resourceVersion)?.filter((change) => change.collection === collection);
      if (later === undefined) return undefined;
      const objects = new Map(collectionOf(collection));
      for (const { key, before } of [...later].reverse()) {
        if (before === undefined) objects.delete(key);
        else objects.set(key, before);
      }
      return sorted(objects, prefix);
    },
    put: (collection, key, object) => {
      version += 1;
      const before = collectionOf(collection).get(key);
      const after = withMetadata(object, { resourceVersion: String(version) });
      collectionOf(collection).set(key, after);
      record({ resourceVersion: version, collection, key, before, after, removed: undefined });
      return after;
    },
    remove: (collection, key) => {
      const before = collectionOf(collection).get(key);
      if (before === undefined) return undefined;
      version += 1;
      collectionOf(collection).delete(key);
      const removed = withMetadata(before, { resourceVersion: String(version) });
      record({ resourceVersion: version, collection, key, before, after: undefined, removed });
      return removed;
    },
    collections: () => [...collections.keys()],
    changesAfter: (collection, resourceVersion) =>
      history.after(resourceVersion)?.filter((change) => change.collection === collection),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
