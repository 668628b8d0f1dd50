import type { StoreRef } from '../../domain/external-secret.ts';
import type { PushedEntry, PushedState } from '../../domain/push/pushed.ts';
import { placeId, withEntries } from '../../domain/push/pushed-memory.ts';
import { type StoredEntry, storedEntries } from '../../domain/push/synced-push-secrets.ts';
import { formatRemoteKey } from '../../domain/remote-key.ts';
import type { Pass } from '../sync-pass.ts';
import { type OpenedPushStore, placeOf, remoteKeyOf } from './open-push-stores.ts';
import { inStep } from './push-error.ts';
import type { Progress, PushBatch } from './push-pass.ts';

/**
 * The memory, with what the status lists when nothing is remembered at all: the reference operator pushed it, or the
 * table was lost. What a store that is no more was pushed cannot be found.
 * @throws PushError - a store of it cannot be opened now
 */
export const adopt = async (
  { pushed, synced, pass }: Pick<Progress, 'pushed' | 'synced'> & { readonly pass: Pick<Pass, 'ref' | 'state'> },
  { stores }: Pick<PushBatch, 'stores'>,
  signal?: AbortSignal,
): Promise<PushedState> => {
  if (pushed.entries.length > 0 || pass.state?.pushed !== undefined) return pushed;
  const entries: PushedEntry[] = [];
  const places: Record<string, PushedState['places'][string]> = {};
  for (const [id, listed] of Map.groupBy(storedEntries(synced), ({ store }) => store)) {
    const ref = parseStore(id);
    const object = ref && (await stores.find(ref, pass.ref.namespace, signal));
    if (object === undefined) continue;
    const opened = await inStep(`could not get secrets client for store ${id}: `, () =>
      stores.openToRemove(placeOf(object), pass.ref.namespace, signal),
    );
    places[placeId(opened.place)] = opened.place;
    entries.push(...listed.map((entry) => toPushed(opened, entry)));
  }
  return withEntries({ ...pushed, places }, entries);
};

const toPushed = (opened: OpenedPushStore, { store, entry }: StoredEntry): PushedEntry => {
  const { remoteKey, property = '' } = entry.match.remoteRef;
  const key = formatRemoteKey(remoteKeyOf(opened, opened.prefix + remoteKey));
  return { store, remoteKey, property, key, place: placeId(opened.place) };
};

const parseStore = (id: string): StoreRef | undefined => {
  const [kind, ...name] = id.split('/');
  return kind === 'SecretStore' || kind === 'ClusterSecretStore' ? { kind, name: name.join('/') } : undefined;
};
