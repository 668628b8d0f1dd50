import { type AbsenceCheck, type Announcement, isStaleAbsence, isStaleRead } from '../domain/announcement.ts';
import type { ExternalSecret } from '../domain/external-secret.ts';
import { formatRemoteKey, type RemoteKey, remoteKeysFor } from '../domain/remote-key.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import { type SpecEntry, specEntries } from '../domain/spec-entries.ts';
import { SecretNotFoundError, StaleReadError, SyncError } from '../domain/sync-error.ts';
import type { ReadVersion } from '../domain/sync-state.ts';
import { entryValues } from './entry-values.ts';
import { isTellable } from './failure.ts';
import type { OpenedStore, Stores } from './open-stores.ts';
import type { Engine } from './ports/engine.ts';
import type { RemoteSecret } from './ports/secret-reader.ts';
import type { SharedReads } from './shared-reads.ts';

/** An entry of the spec with its store open. */
export interface OpenEntry {
  readonly entry: SpecEntry;
  readonly store: OpenedStore;
  /** Every remote key the entry's key may stand for. */
  readonly keys: readonly RemoteKey[];
}

export interface FetchedData {
  readonly data: ReadonlyMap<string, SecretValue>;
  readonly versions: readonly ReadVersion[];
  /** Entries whose key does not exist, where `deletionPolicy` allows that. */
  readonly missing: readonly SpecEntry[];
}

/** An entry that could not be brought in; fails the whole sync. The message is the reference's. */
export class EntryError extends SyncError {
  override readonly name = 'EntryError';
  readonly reason: string;
  readonly retryable: boolean;

  constructor(entry: SpecEntry, cause: SyncError) {
    super(`error processing ${entry.label}, err: ${cause.message}`, { cause });
    this.reason = cause.reason;
    this.retryable = cause.retryable;
  }
}

/** @throws EntryError - the first store that cannot be opened */
export const openEntries = async (
  es: ExternalSecret,
  stores: Pick<Stores, 'open'>,
  signal?: AbortSignal,
): Promise<OpenEntry[]> => {
  const opening = specEntries(es).map(async (entry) => {
    const store = await forEntry(entry, async () => {
      const opened = await stores.open(entry.store, es.namespace, signal);
      opened.admitKey?.(opened.prefix + entry.ref.key); // nor is it remembered, so that nobody learns when it changes
      return opened;
    });
    return { entry, store, keys: remoteKeysFor(store.prefix + entry.ref.key, store.reader.location) };
  });
  return inOrder(opening);
};

export interface Fetch {
  readonly es: ExternalSecret;
  readonly entries: readonly OpenEntry[];
  readonly reads: SharedReads;
  readonly engine: Engine;
  readonly announcements: ReadonlyMap<string, Announcement>;
  /** The versions the target was last written from. */
  readonly written: readonly ReadVersion[];
  readonly now: number;
}

/**
 * Reads everything an ExternalSecret asks for. All or nothing: one unreadable entry fails it.
 * @throws EntryError
 * @throws StaleReadError - a read lags behind the version that its key announced
 */
export const fetchData = async (fetch: Fetch, signal?: AbortSignal): Promise<FetchedData> => {
  const reads = fetch.entries.map((open) => readEntry(open, fetch, signal));
  const results = await inOrder(reads);
  const data = new Map<string, SecretValue>();
  for (const { values } of results) for (const [key, value] of values) data.set(key, value);
  return {
    data,
    versions: results.flatMap(({ version }) => version ?? []),
    missing: results.flatMap(({ entry, found }) => (found ? [] : [entry])),
  };
};

interface EntryResult {
  readonly entry: SpecEntry;
  readonly found: boolean;
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly version?: ReadVersion;
}

const readEntry = async (open: OpenEntry, fetch: Fetch, signal?: AbortSignal): Promise<EntryResult> => {
  const { entry, store } = open;
  try {
    const secret = await fetch.reads.read(store, entry.ref, signal);
    refuseStale(open, secret, fetch);
    const version = toReadVersion(open, secret);
    const values = await entryValues(fetch.engine, { entry, content: secret }, signal);
    return { entry, found: true, values, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    if (error instanceof SecretNotFoundError) refuseStaleAbsence(open, fetch);
    if (error instanceof SecretNotFoundError && fetch.es.target.deletionPolicy !== 'Retain')
      return { entry, found: false, values: new Map(), version: toAbsence(open, fetch) };
    throw error instanceof StaleReadError ? error : inEntry(entry, error);
  }
};

/** Identifies a read among the versions a target was written from. */
export const readVersionId = ({ entry, store }: Pick<OpenEntry, 'entry' | 'store'>): string =>
  `${formatRemoteKey({ ...store.reader.location, name: store.prefix + entry.ref.key })}#${entry.ref.version}`;

/** Tags carry no version: what came from them is read again at each interval. */
const toReadVersion = (open: OpenEntry, secret: RemoteSecret): ReadVersion | undefined => {
  if (secret.version === '') return undefined;
  const { version, createdAt } = secret;
  return { id: readVersionId(open), version, ...(createdAt === undefined ? {} : { createdAt }) };
};

/** An absence that was acted on is remembered like a version, to tell it from one that a later announcement denies. */
const toAbsence = (open: OpenEntry, { now }: Fetch): ReadVersion => ({
  id: readVersionId(open),
  version: '',
  createdAt: now,
});

const refuseStale = (open: OpenEntry, secret: RemoteSecret, fetch: Fetch): void => {
  if (checksOf(open, fetch).some((check) => isStaleRead({ ...check, read: secret })))
    throw new StaleReadError(`reading ${open.entry.ref.key} gave an older version than the one announced`);
};

const refuseStaleAbsence = (open: OpenEntry, fetch: Fetch): void => {
  if (checksOf(open, fetch).some(isStaleAbsence))
    throw new StaleReadError(`reading ${open.entry.ref.key} gave nothing although a version was announced`);
};

/** One for each remote key that a read of the current version may be about. */
const checksOf = (open: OpenEntry, { announcements, written, now }: Fetch): readonly AbsenceCheck[] => {
  if (!readsCurrent(open.entry)) return [];
  const id = readVersionId(open);
  const known = written.find((version) => version.id === id);
  return open.keys.map((key) => ({ written: known, announcement: announcements.get(formatRemoteKey(key)), now }));
};

const readsCurrent = ({ ref }: SpecEntry): boolean =>
  ref.metadataPolicy === 'None' && (ref.version === '' || ref.version === 'AWSCURRENT');

const forEntry = async <T>(entry: SpecEntry, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw inEntry(entry, error);
  }
};

const inEntry = (entry: SpecEntry, error: unknown): unknown =>
  isTellable(error) ? new EntryError(entry, error) : error;

/** Waits for all, then fails with the first failure in the spec's order rather than in time's. */
const inOrder = async <T>(work: readonly Promise<T>[]): Promise<T[]> => {
  await Promise.allSettled(work);
  return Promise.all(work);
};
