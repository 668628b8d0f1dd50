import type { RemoteRef } from '../domain/external-secret.ts';
import type { OpenedStore } from './open-stores.ts';
import type { RemoteSecret, SecretReader } from './ports/secret-reader.ts';

/**
 * Reads shared by the objects of one batch: each key and version is read once an identity, however many targets it has.
 * Made after the targets were read and thrown away with the batch, since a read serves only targets seen before it began.
 */
export interface SharedReads {
  read(store: OpenedStore, ref: RemoteRef, signal?: AbortSignal): Promise<RemoteSecret>;
}

export const createSharedReads = (): SharedReads => {
  const byReader = new WeakMap<SecretReader, Map<string, Promise<RemoteSecret>>>();
  return {
    read: (store, ref, signal) => {
      const reads = byReader.get(store.reader) ?? new Map<string, Promise<RemoteSecret>>();
      byReader.set(store.reader, reads);
      const id = JSON.stringify([ref.metadataPolicy, store.prefix + ref.key, ref.version]);
      const read = reads.get(id) ?? start(store, ref, signal);
      reads.set(id, read);
      return read;
    },
  };
};

const start = async ({ reader, prefix }: OpenedStore, ref: RemoteRef, signal?: AbortSignal): Promise<RemoteSecret> => {
  const key = prefix + ref.key;
  if (ref.metadataPolicy === 'None') return reader.read({ key, version: ref.version }, signal);
  return { text: await reader.readTags(key, signal), version: '' };
};
