import * as z from 'zod/mini';
import { LISTS_LAG_MILLISECONDS } from '../domain/announcement.ts';
import type { ExternalSecret } from '../domain/external-secret.ts';
import { type FindEntry, findEntries } from '../domain/find-entries.ts';
import {
  beginningOf,
  formatLocation,
  hasTags,
  namesWanted,
  type PlacedSelector,
  type Tags,
  validateSelector,
} from '../domain/find-selector.ts';
import { formatRemoteKey, type RemoteKey, type StoreLocation } from '../domain/remote-key.ts';
import { StoreRejectedError } from '../domain/store-error.ts';
import { InvalidSpecError, StoreAccessDeniedError } from '../domain/sync-error.ts';
import type { ReadVersion } from '../domain/sync-state.ts';
import { forEntry, inOrder } from './entry-error.ts';
import type { OpenedStore, Stores } from './open-stores.ts';
import type { ListedSecret } from './ports/secret-reader.ts';
import type { Finders } from './ports/tables.ts';
import type { SharedReads } from './shared-reads.ts';

/** A `find` of the spec with its store open. */
export interface OpenFind {
  readonly entry: FindEntry;
  readonly store: OpenedStore;
}

/** What a `find` has found; values are read later. */
export interface Found extends OpenFind {
  readonly secrets: readonly ListedSecret[];
  readonly keys: readonly RemoteKey[];
}

/** What one object remembers of its secrets must fit into one item of the table, and their values into one Secret. */
const MAX_FOUND = 1_000;
const MAX_NAME_BYTES = 60_000;

/** Tags are asked for one by one: of more secrets than this, the list is believed. */
const MAX_TAG_READS = 20;

/** @throws EntryError - the first that asks for nothing, or whose store cannot be opened or looked through */
export const openFinds = (
  es: ExternalSecret,
  stores: Pick<Stores, 'open'>,
  signal?: AbortSignal,
): Promise<readonly OpenFind[]> =>
  inOrder(
    findEntries(es).map((entry) =>
      forEntry(entry, async () => {
        const store = await stores.open(entry.store, es.namespace, signal);
        const { selector } = entry.find;
        validateSelector(selector);
        store.admitKey(beginningOf(selector.path, store.reader.location.service)); // nor is the search remembered
        return { entry, store };
      }),
    ),
  );

export const placedSelector = ({ entry, store }: OpenFind): PlacedSelector => ({
  location: store.reader.location,
  selector: entry.find.selector,
});

export interface Search {
  readonly reads: SharedReads;
  readonly finders: Pick<Finders, 'noted'>;
  /** What the target was last written from. */
  readonly written: readonly ReadVersion[];
  readonly now: number;
}

/**
 * Looks for secrets. Providers' filters are looser than what users ask, so all is checked again here. Lists lag too: what
 * they may be wrong about, and what they no longer show, is asked for itself. Nothing leaves a target on a list's word alone.
 * @throws EntryError
 */
export const findSecrets = (
  finds: readonly OpenFind[],
  search: Search,
  signal?: AbortSignal,
): Promise<readonly Found[]> => inOrder(finds.map((open) => forEntry(open.entry, () => findFor(open, search, signal))));

const findFor = async (open: OpenFind, search: Search, signal: AbortSignal | undefined): Promise<Found> => {
  const { reader } = open.store;
  const { selector } = open.entry.find;
  const { path, tags } = selector;
  const noted = await search.finders.noted(reader.location, search.now - LISTS_LAG_MILLISECONDS, signal);
  const listed = await search.reads.list(reader, { path, tags }, signal);
  if (listed === undefined) throw new InvalidSpecError('operation not supported by AWS Certificate Manager provider');
  const names = namesWanted(
    listed.map(({ name }) => name),
    selector,
    reader.location.service,
  );
  const byName = new Map(listed.map((secret) => [secret.name, secret]));
  const found = new Map<string, ListedSecret>();
  for (const name of names) {
    const secret = byName.get(name) ?? { name };
    if (secret.tags === undefined || hasTags(secret.tags, tags)) found.set(name, secret);
  }
  const missing = namesIn(reader.location, search.written).filter((name) => !found.has(name));
  const doubtful = namesWanted([...new Set([...noted, ...missing])], selector, reader.location.service);
  for (const [name, isWanted] of await askThemselves(open, doubtful, signal)) {
    if (isWanted) found.set(name, found.get(name) ?? { name });
    else found.delete(name);
  }
  const secrets = [...found.values()];
  refuseTooMany(secrets);
  return { ...open, secrets, keys: secrets.map(({ name }) => ({ ...reader.location, name })) };
};

/** Names of secrets in a place, from the ids of reads of their current versions. */
const namesIn = (location: StoreLocation, versions: readonly ReadVersion[]): readonly string[] => {
  const start = `${formatLocation(location)}#`;
  return versions.flatMap(({ id, version }) =>
    id.startsWith(start) && id.endsWith('#') && version !== '' ? [id.slice(start.length, -1)] : [],
  );
};

/**
 * A value that came with the list was read before a change of its key could wake the object, unless the key was recorded
 * as the object's by then; it is read again.
 * @param recorded - keys as `formatRemoteKey` writes them
 */
export const withoutEarlyReads = (found: Found, recorded: ReadonlySet<string>): Found => {
  const { location } = found.store.reader;
  const isRecorded = (name: string) => recorded.has(formatRemoteKey({ ...location, name }));
  return {
    ...found,
    secrets: found.secrets.map((listed) => (isRecorded(listed.name) ? listed : { name: listed.name })),
  };
};

/** Whether secrets have the tags they are asked for. Whether they exist at all, reading them tells. */
const askThemselves = async (
  { entry, store }: OpenFind,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly (readonly [name: string, isWanted: boolean])[]> => {
  const { tags } = entry.find.selector;
  if (Object.keys(tags).length === 0) return names.map((name) => [name, true]);
  const answers = names.slice(0, MAX_TAG_READS).map(async (name) => {
    const own = await readTags(store, name, signal);
    return own === 'denied' ? [] : [[name, own !== 'none' && hasTags(own, tags)] as const];
  });
  return (await inOrder(answers)).flat();
};

const tagsSchema = z.record(z.string(), z.string());

const readTags = async (
  { reader }: OpenedStore,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Tags | 'none' | 'denied'> => {
  try {
    const json = await reader.readTags(name, signal);
    return z.parse(tagsSchema, JSON.parse(json.revealText()));
  } catch (error) {
    if (error instanceof StoreAccessDeniedError) return 'denied'; // then the list's word is all there is
    if (error instanceof StoreRejectedError) return 'none';
    throw error;
  }
};

const refuseTooMany = (secrets: readonly ListedSecret[]): void => {
  const bytes = secrets.reduce((sum, { name }) => sum + Buffer.byteLength(name), 0);
  if (secrets.length > MAX_FOUND || bytes > MAX_NAME_BYTES)
    throw new InvalidSpecError(
      `find matches ${secrets.length} secrets with names of ${bytes} bytes: more than ${MAX_FOUND}, or ${MAX_NAME_BYTES} bytes of names, are not brought into one Secret`,
    );
};
