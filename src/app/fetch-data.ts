import {
  type AbsenceCheck,
  type Announcement,
  EVENT_TIME_STEP_MILLISECONDS,
  isStaleAbsence,
  isStaleRead,
} from '../domain/announcement.ts';
import { certificateEntry } from '../domain/certificate-entry.ts';
import type { ExpiringValues } from '../domain/expiring-values.ts';
import type { ExternalSecret } from '../domain/external-secret.ts';
import { type GeneratorEntry, generatorEntries } from '../domain/generator-entries.ts';
import { formatRemoteKey, type RemoteKey, remoteKeysFor } from '../domain/remote-key.ts';
import { validateKeys } from '../domain/secret-keys.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import { type SpecEntry, specEntries } from '../domain/spec-entries.ts';
import { QuotaSpentError, SecretNotFoundError, StaleReadError } from '../domain/sync-error.ts';
import type { ReadVersion } from '../domain/sync-state.ts';
import { forEntry, inEntry, inOrder } from './entry-error.ts';
import { entryValues, foundValues } from './entry-values.ts';
import type { Found } from './find-secrets.ts';
import type { Generators } from './generators.ts';
import type { OpenedStore, Stores } from './open-stores.ts';
import type { Engine } from './ports/engine.ts';
import type { RemoteSecret } from './ports/secret-reader.ts';
import { type FoundSecret, readFound } from './read-found.ts';
import { rewriteKeys } from './rewrite-keys.ts';
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
  /** Generated values with an end. */
  readonly expiring: readonly ExpiringValues[];
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
      opened.admitKey(opened.prefix + entry.ref.key); // nor is it remembered, so that nobody learns when it changes
      return opened;
    });
    const { location } = store.reader;
    const asked = await forEntry(entry, async () => (location.service === 'acm' ? certificateEntry(entry) : entry));
    return { entry: asked, store, keys: remoteKeysFor(store.prefix + entry.ref.key, location) };
  });
  return inOrder(opening);
};

export interface Fetch {
  readonly es: ExternalSecret;
  readonly entries: readonly OpenEntry[];
  /** Makes what is generated. Absent: such entries are left out. */
  readonly generators?: Generators;
  readonly found: readonly Found[];
  readonly reads: SharedReads;
  readonly engine: Engine;
  readonly announcements: ReadonlyMap<string, Announcement>;
  /** The versions the target was last written from. */
  readonly written: readonly ReadVersion[];
  readonly now: number;
}

/**
 * Reads and generates everything an ExternalSecret asks for. All or nothing: one unreadable entry fails it. Values are
 * generated when all reads went well, so that a failing read does not have a new password made with each attempt.
 * @throws EntryError
 * @throws StaleReadError - a read lags behind the version that its key announced
 * @throws QuotaSpentError
 */
export const fetchData = async (fetch: Fetch, signal?: AbortSignal): Promise<FetchedData> => {
  const reads = [
    ...fetch.entries.map((open) => ({ open, read: () => readEntry(open, fetch, signal) })),
    ...fetch.found.map((open) => ({ open, read: () => bringInFound(open, fetch, signal) })),
  ].sort((a, b) => a.open.entry.position - b.open.entry.position);
  const results = await inOrder(reads.map(({ read }) => read()));
  const generated = await inOrder(generations(fetch).map((generation) => generateEntry(generation, fetch, signal)));
  const data = new Map<string, SecretValue>();
  const inSpecOrder = [...results, ...generated].sort((a, b) => a.entry.position - b.entry.position);
  for (const { values } of inSpecOrder) for (const [key, value] of values) data.set(key, value);
  return {
    data,
    versions: results.flatMap(({ versions }) => versions),
    missing: results.flatMap(({ missing }) => missing ?? []),
    expiring: generated.flatMap(({ entry, expiresAt }) => (expiresAt === undefined ? [] : [{ entry, expiresAt }])),
  };
};

interface Generation {
  readonly entry: GeneratorEntry;
  readonly generators: Generators;
}

const generations = ({ es, generators }: Fetch): readonly Generation[] =>
  generators === undefined ? [] : generatorEntries(es).map((entry) => ({ entry, generators }));

/** What is generated may be renamed; it is neither converted nor decoded. */
const generateEntry = ({ entry, generators }: Generation, { es, engine }: Fetch, signal?: AbortSignal) =>
  forEntry(entry, async () => {
    const issued = await generators.generate(entry.generator, es.namespace, signal);
    const values = await rewriteKeys(engine, { values: issued.values, operations: entry.rewrite }, signal);
    return { entry, ...issued, values: validateKeys(values) };
  });

interface EntryResult {
  readonly entry: { readonly position: number };
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly versions: readonly ReadVersion[];
  /** The entry itself, when its key does not exist. */
  readonly missing?: SpecEntry;
}

const readEntry = async (open: OpenEntry, fetch: Fetch, signal?: AbortSignal): Promise<EntryResult> => {
  const { entry, store } = open;
  try {
    const secret = await fetch.reads.read(store, entry.ref, signal);
    refuseStale(open, secret, fetch);
    const values = await entryValues(fetch.engine, { entry, content: secret }, signal);
    return { entry, values, versions: toReadVersions(readVersionId(open), secret) };
  } catch (error) {
    if (error instanceof SecretNotFoundError) refuseStaleAbsence(open, fetch);
    if (error instanceof SecretNotFoundError && fetch.es.target.deletionPolicy !== 'Retain')
      return { entry, values: new Map(), versions: [toAbsence(open, fetch)], missing: entry };
    throw isForLater(error) ? error : inEntry(entry, error);
  }
};

/** Nothing is wrong with the entry. */
const isForLater = (error: unknown): boolean => error instanceof StaleReadError || error instanceof QuotaSpentError;

const bringInFound = async (found: Found, fetch: Fetch, signal?: AbortSignal): Promise<EntryResult> => {
  try {
    const secrets = await readFound(found, fetch.reads, signal);
    for (const secret of secrets) refuseStaleFound(secret, fetch);
    const contents = secrets.flatMap(({ key, secret }) => (secret === undefined ? [] : [[key.name, secret] as const]));
    return {
      entry: found.entry,
      values: await foundValues(fetch.engine, { entry: found.entry, found: new Map(contents) }, signal),
      versions: secrets.flatMap(({ id, secret }) => (secret === undefined ? [] : toReadVersions(id, secret))),
    };
  } catch (error) {
    throw isForLater(error) ? error : inEntry(found.entry, error);
  }
};

/** Identifies a read among the versions a target was written from. */
export const readVersionId = ({ entry, store }: Pick<OpenEntry, 'entry' | 'store'>): string =>
  `${formatRemoteKey({ ...store.reader.location, name: store.prefix + entry.ref.key })}#${entry.ref.version}`;

/** Tags carry no version: what came from them is read again at each interval. */
const toReadVersions = (id: string, { version, createdAt }: RemoteSecret): readonly ReadVersion[] =>
  version === '' ? [] : [{ id, version, ...(createdAt === undefined ? {} : { createdAt }) }];

/**
 * An absence that was acted on is remembered like a version, to tell it from one that a later announcement denies. What
 * was announced before it was found counts as earlier, in the same second too.
 */
const toAbsence = (open: OpenEntry, { announcements, now }: Fetch): ReadVersion => {
  const known = open.keys.flatMap((key) => announcements.get(formatRemoteKey(key)) ?? []);
  const createdAt = Math.max(now, ...known.map(({ at }) => at + EVENT_TIME_STEP_MILLISECONDS));
  return { id: readVersionId(open), version: '', createdAt };
};

const refuseStale = (open: OpenEntry, secret: RemoteSecret, fetch: Fetch): void => {
  if (checksOf(open, fetch).some((check) => isStaleRead({ ...check, read: secret })))
    throw new StaleReadError(`reading ${open.entry.ref.key} gave an older version than the one announced`);
};

const refuseStaleAbsence = (open: OpenEntry, fetch: Fetch): void => {
  if (checksOf(open, fetch).some(isStaleAbsence))
    throw new StaleReadError(`reading ${open.entry.ref.key} gave nothing although a version was announced`);
};

const refuseStaleFound = ({ id, key, secret }: FoundSecret, fetch: Fetch): void => {
  const check = checkOf(id, key, fetch);
  if (secret === undefined ? isStaleAbsence(check) : isStaleRead({ ...check, read: secret }))
    throw new StaleReadError(`reading ${key.name} gave an older version than the one announced, or none`);
};

/** One for each remote key that a read of the current version may be about. */
const checksOf = (open: OpenEntry, fetch: Fetch): readonly AbsenceCheck[] =>
  readsCurrent(open.entry) ? open.keys.map((key) => checkOf(readVersionId(open), key, fetch)) : [];

const checkOf = (id: string, key: RemoteKey, { announcements, written, now }: Fetch): AbsenceCheck => ({
  written: written.find((version) => version.id === id),
  announcement: announcements.get(formatRemoteKey(key)),
  now,
});

const readsCurrent = ({ ref }: SpecEntry): boolean =>
  ref.metadataPolicy === 'None' && (ref.version === '' || ref.version === 'AWSCURRENT');
