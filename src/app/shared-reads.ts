import { decideVersion } from '../domain/decide-version.ts';
import type { RemoteRef } from '../domain/external-secret.ts';
import type { OpenedStore } from './open-stores.ts';
import type { ListedSecret, ListQuery, RemoteRead, RemoteSecret, SecretReader } from './ports/secret-reader.ts';

/**
 * Reads shared by the objects of one batch: each key and version is read once an identity, however many targets it has.
 * Made after the targets were read and thrown away with the batch, since a read serves only targets seen before it began.
 */
export interface SharedReads {
  read(store: OpenedStore, ref: RemoteRef, signal?: AbortSignal): Promise<RemoteSecret>;
  /** @returns undefined where there is nothing to look through */
  list(reader: SecretReader, query: ListQuery, signal?: AbortSignal): Promise<readonly ListedSecret[]> | undefined;
  /**
   * The current versions of secrets by their full names, each with an outcome of its own. What was read already, or was
   * listed with its value, is not read again; the rest is read together.
   */
  readFound(
    reader: SecretReader,
    found: readonly ListedSecret[],
    signal?: AbortSignal,
  ): ReadonlyMap<string, Promise<RemoteSecret>>;
}

export const createSharedReads = (cluster: string): SharedReads => {
  const readsBy = new WeakMap<SecretReader, Map<string, Promise<RemoteSecret>>>();
  const listsBy = new WeakMap<SecretReader, Map<string, Promise<readonly ListedSecret[]>>>();
  const readsOf = (reader: SecretReader) => getOrMake(readsBy, reader, () => new Map());
  const listsOf = (reader: SecretReader) => getOrMake(listsBy, reader, () => new Map());

  const readFound: SharedReads['readFound'] = (reader, found, signal) => {
    const reads = readsOf(reader);
    const wanted = found.map(({ name, secret }) => {
      const version = decideVersion({ cluster, key: name, requested: '' });
      return { name, version, id: idOf('None', { key: name, version }), secret: version === '' ? secret : undefined };
    });
    const unread = wanted.filter(({ id, version, secret }) => version === '' && secret === undefined && !reads.has(id));
    const together = readTogether(
      reader,
      unread.map(({ name }) => name),
      signal,
    );
    return new Map(
      wanted.map(({ name, version, id, secret }) => {
        const start = async () => secret ?? (await together)?.get(name) ?? reader.read({ key: name, version }, signal);
        return [name, getOrMake(reads, id, start)] as const;
      }),
    );
  };

  return {
    read: (store, ref, signal) => {
      const key = store.prefix + ref.key;
      const read = { key, version: decideVersion({ cluster, key, requested: ref.version }) };
      return getOrMake(readsOf(store.reader), idOf(ref.metadataPolicy, read), () =>
        start(store.reader, { ref, ...read }, signal),
      );
    },
    list: (reader, query, signal) => {
      const { finder } = reader;
      if (finder === undefined) return undefined;
      return getOrMake(listsOf(reader), JSON.stringify(query), () => finder.list(query, signal));
    },
    readFound,
  };
};

const idOf = (metadataPolicy: RemoteRef['metadataPolicy'], { key, version }: RemoteRead): string =>
  JSON.stringify([metadataPolicy, key, version]);

const readTogether = (
  { finder }: SecretReader,
  names: readonly string[],
  signal: AbortSignal | undefined,
): ReturnType<NonNullable<SecretReader['finder']>['readMany']> | undefined =>
  names.length === 0 ? undefined : finder?.readMany(names, signal);

interface Read extends RemoteRead {
  readonly ref: RemoteRef;
}

const start = async (reader: SecretReader, { ref, ...read }: Read, signal?: AbortSignal): Promise<RemoteSecret> => {
  if (ref.metadataPolicy === 'None') return reader.read(read, signal);
  return { text: await reader.readTags(read.key, signal), version: '' };
};

interface Known<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

const getOrMake = <K, V>(known: Known<K, V>, key: K, make: () => V): V => {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
};
