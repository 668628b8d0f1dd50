import { decideVersion } from '../domain/decide-version.ts';
import type { RemoteRef } from '../domain/external-secret.ts';
import type { OpenedStore } from './open-stores.ts';
import type { RemoteRead, RemoteSecret, SecretReader } from './ports/secret-reader.ts';

/**
 * Reads shared by the objects of one batch: each key and version is read once an identity, however many targets it has.
 * Made after the targets were read and thrown away with the batch, since a read serves only targets seen before it began.
 */
export interface SharedReads {
  read(store: OpenedStore, ref: RemoteRef, signal?: AbortSignal): Promise<RemoteSecret>;
}

export const createSharedReads = (cluster: string): SharedReads => {
  const byReader = new WeakMap<SecretReader, Map<string, Promise<RemoteSecret>>>();
  return {
    read: (store, ref, signal) => {
      const reads = byReader.get(store.reader) ?? new Map<string, Promise<RemoteSecret>>();
      byReader.set(store.reader, reads);
      const key = store.prefix + ref.key;
      const version = decideVersion({ cluster, key, requested: ref.version });
      const id = JSON.stringify([ref.metadataPolicy, key, version]);
      const read = reads.get(id) ?? start(store.reader, { ref, key, version }, signal);
      reads.set(id, read);
      return read;
    },
  };
};

interface Read extends RemoteRead {
  readonly ref: RemoteRef;
}

const start = async (reader: SecretReader, { ref, ...read }: Read, signal?: AbortSignal): Promise<RemoteSecret> => {
  if (ref.metadataPolicy === 'None') return reader.read(read, signal);
  return { text: await reader.readTags(read.key, signal), version: '' };
};
