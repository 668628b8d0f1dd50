import { badRequest, expired, tooLargeResourceVersion } from './api-error.ts';
import type { Cluster } from './cluster-state.ts';
import type { JsonObject } from './json.ts';
import { definedMembers } from './json.ts';
import { nameOf, namespaceOf } from './object-meta.ts';
import type { TypedVersion } from './resource-type.ts';
import { collectionOf, groupVersion, keyOf } from './resource-type.ts';
import { hasSelectors, parseSelectors } from './selectors.ts';
import { serveObject } from './stored-object.ts';

export interface ListRequest {
  readonly target: TypedVersion;
  /** '' lists all. */
  readonly namespace: string;
  readonly query: URLSearchParams;
}

export interface ObjectList {
  /** Kind, version and metadata; the items go in beside it. */
  readonly list: JsonObject;
  readonly items: readonly JsonObject[];
}

interface Page {
  readonly resourceVersion: number;
  /** The last key already given. */
  readonly after: string;
}

const EXPIRED_TOKEN =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

const encodePage = (page: Page): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: page.resourceVersion, start: page.after })).toString(
    'base64url',
  );

const decodePage = (token: string): Page => {
  try {
    const parsed: { rv?: unknown; start?: unknown } = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof parsed.rv === 'number' && typeof parsed.start === 'string') {
      return { resourceVersion: parsed.rv, after: parsed.start };
    }
  } catch {
    // said below
  }
  throw badRequest('invalid continue token: continue key is not valid');
};

export const readVersion = (text: string | null): number | undefined => {
  if (text === null || text === '') return undefined;
  const version = Number(text);
  if (!Number.isInteger(version) || version < 0)
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    );
  return version;
};

interface Snapshot {
  readonly resourceVersion: number;
  readonly objects: readonly JsonObject[];
}

const listed = (cluster: Cluster, { target, namespace }: ListRequest): Snapshot => {
  const prefix = namespace === '' ? '' : `${namespace}/`;
  return {
    resourceVersion: cluster.store.currentVersion(),
    objects: cluster.store.list(collectionOf(target.type), prefix),
  };
};

const listedAt = (cluster: Cluster, { target, namespace }: ListRequest, resourceVersion: number): Snapshot => {
  const prefix = namespace === '' ? '' : `${namespace}/`;
  const objects = cluster.store.listAt({ collection: collectionOf(target.type), prefix, resourceVersion });
  if (objects === undefined) throw expired(EXPIRED_TOKEN);
  return { resourceVersion, objects };
};

const takeSnapshot = (cluster: Cluster, request: ListRequest, page: Page | undefined): Snapshot => {
  if (page !== undefined) return listedAt(cluster, request, page.resourceVersion);
  const { query } = request;
  const asked = readVersion(query.get('resourceVersion'));
  const current = cluster.store.currentVersion();
  if (asked !== undefined && asked > current) throw tooLargeResourceVersion(asked, current);
  return asked !== undefined && query.get('resourceVersionMatch') === 'Exact'
    ? listedAt(cluster, request, asked)
    : listed(cluster, request);
};

const keyOfObject = (object: JsonObject): string => keyOf(namespaceOf(object), nameOf(object));

/** GET of a collection. @throws ApiError - 400 bad selector, 410 a page too old to go on from, 504 a resourceVersion not reached yet */
export const listObjects = (cluster: Cluster, request: ListRequest): ObjectList => {
  const { target, query } = request;
  const token = query.get('continue');
  const page = token === null || token === '' ? undefined : decodePage(token);
  const { resourceVersion, objects } = takeSnapshot(cluster, request, page);
  const matches = parseSelectors(query, target);
  const found = objects
    .map((object) => serveObject(object, target))
    .filter((object) => (page === undefined || keyOfObject(object) > page.after) && matches(object));
  const limit = Number(query.get('limit') ?? 0) || found.length;
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const remaining = found.length - items.length;
  const { type, version } = target;
  const hasMore = remaining > 0 && last !== undefined;
  const metadata = definedMembers({
    resourceVersion: String(resourceVersion),
    continue: hasMore ? encodePage({ resourceVersion, after: keyOfObject(last) }) : type.custom ? '' : undefined,
    remainingItemCount: remaining > 0 && !hasSelectors(query) ? remaining : undefined,
  });
  return { list: { kind: type.listKind, apiVersion: groupVersion(type.group, version.name), metadata }, items };
};
