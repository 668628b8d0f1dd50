import { expired } from './api-error.ts';
import type { Cluster } from './cluster-state.ts';
import type { JsonObject } from './json.ts';
import { readVersion } from './list-objects.ts';
import { withMetadata } from './object-meta.ts';
import type { Presentation } from './presentation.ts';
import { presentObject } from './presentation.ts';
import { collectionOf, groupVersion } from './resource-type.ts';
import type { Matcher } from './selectors.ts';
import { parseSelectors } from './selectors.ts';
import type { Change } from './store.ts';
import { serveObject } from './stored-object.ts';
import { DEFINITIONS } from './type-registry.ts';

export interface WatchRequest {
  readonly namespace: string;
  readonly query: URLSearchParams;
  readonly presentation: Omit<Presentation, 'now'>;
  readonly bookmarkIntervalSeconds: number;
}

/** Where events go: one JSON document at a time, until it is closed from either side. */
export interface WatchSink {
  readonly send: (event: JsonObject) => void;
  readonly close: () => void;
  readonly onClose: (callback: () => void) => void;
}

const DEFAULT_TIMEOUT_SECONDS = 1800;

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** To a watcher with a selector an object comes into being when it begins to match, and goes when it ends to. */
const eventOf = (change: Change, matches: Matcher, serve: (object: JsonObject) => JsonObject) => {
  const before = change.before === undefined ? undefined : serve(change.before);
  const after = change.after === undefined ? undefined : serve(change.after);
  const matched = before !== undefined && matches(before);
  if (after !== undefined && matches(after)) {
    const type: EventType = matched ? 'MODIFIED' : 'ADDED';
    return { type, object: after };
  }
  if (!matched || before === undefined) return undefined;
  const type: EventType = 'DELETED';
  return { type, object: withMetadata(before, { resourceVersion: String(change.resourceVersion) }) };
};

interface Watch {
  readonly show: (change: Change) => void;
  readonly showInitial: (object: JsonObject) => void;
  readonly bookmark: () => void;
  readonly fail: (status: JsonObject) => void;
}

const createWatch = (cluster: Cluster, request: WatchRequest, sink: WatchSink): Watch => {
  const { presentation, query, namespace } = request;
  const { target } = presentation;
  const matches = parseSelectors(query, target);
  const serve = (object: JsonObject): JsonObject => serveObject(object, target);
  const prefix = namespace === '' ? '' : `${namespace}/`;
  let isFirst = true;
  const send = (type: EventType | 'BOOKMARK', object: JsonObject): void => {
    sink.send({ type, object: presentObject(object, { ...presentation, now: cluster.now() }, isFirst) });
    isFirst = false;
  };
  const { type, version } = target;
  return {
    show: (change) => {
      if (!change.key.startsWith(prefix)) return;
      const event = eventOf(change, matches, serve);
      if (event !== undefined) send(event.type, event.object);
    },
    showInitial: (object) => {
      const served = serve(object);
      if (matches(served)) send('ADDED', served);
    },
    bookmark: () =>
      send('BOOKMARK', {
        kind: type.kind,
        apiVersion: groupVersion(type.group, version.name),
        metadata: { resourceVersion: String(cluster.store.currentVersion()), creationTimestamp: null },
      }),
    fail: (object) => sink.send({ type: 'ERROR', object }),
  };
};

/** Sends what happened since the asked version, or all objects when none was asked for. False when that is no longer known. */
const catchUp = (cluster: Cluster, request: WatchRequest, watch: Watch): boolean => {
  const collection = collectionOf(request.presentation.target.type);
  const since = readVersion(request.query.get('resourceVersion')) ?? 0;
  if (since === 0) {
    const prefix = request.namespace === '' ? '' : `${request.namespace}/`;
    for (const object of cluster.store.list(collection, prefix)) watch.showInitial(object);
    return true;
  }
  const changes = cluster.store.changesAfter(collection, since);
  if (changes === undefined) {
    watch.fail(expired(`too old resource version: ${since} (${cluster.store.currentVersion()})`).status);
    return false;
  }
  for (const change of changes) watch.show(change);
  return true;
};

/** The definition of the watched kind was removed: the watch has nothing more to say. */
const endsType = (change: Change, { presentation }: WatchRequest): boolean => {
  const { type } = presentation.target;
  return (
    change.collection === DEFINITIONS && change.after === undefined && change.key === `/${type.plural}.${type.group}`
  );
};

/** Serves one watch until it times out, its client leaves, or its kind is gone. */
export const watchObjects = (cluster: Cluster, request: WatchRequest, sink: WatchSink): void => {
  const watch = createWatch(cluster, request, sink);
  if (!catchUp(cluster, request, watch)) {
    sink.close();
    return;
  }
  const collection = collectionOf(request.presentation.target.type);
  const unsubscribe = cluster.store.subscribe((change) => {
    if (change.collection === collection) watch.show(change);
    if (endsType(change, request)) sink.close();
  });
  const wantsBookmarks = ['true', '1'].includes(request.query.get('allowWatchBookmarks') ?? '');
  const bookmarks = wantsBookmarks ? setInterval(watch.bookmark, request.bookmarkIntervalSeconds * 1000) : undefined;
  const seconds = Number(request.query.get('timeoutSeconds') ?? 0) || DEFAULT_TIMEOUT_SECONDS;
  const timeout = setTimeout(() => {
    if (wantsBookmarks) watch.bookmark();
    sink.close();
  }, seconds * 1000);
  sink.onClose(() => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timeout);
  });
};
