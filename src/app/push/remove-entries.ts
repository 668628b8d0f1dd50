import { formatRef, type ServedRef } from '../../domain/object-ref.ts';
import type { PushedEntry, PushedState } from '../../domain/push/pushed.ts';
import { decideRemoval, pushedId, withEntries } from '../../domain/push/pushed-memory.ts';
import { syncedName } from '../../domain/push/synced-push-secrets.ts';
import { formatRemoteKey } from '../../domain/remote-key.ts';
import { isGone } from '../../domain/store-error.ts';
import { StoreNotReadyError } from '../../domain/sync-error.ts';
import type { WritePart } from '../ports/secret-writer.ts';
import { type OpenedPushStore, type PushStores, placeOf, remoteKeyOf } from './open-push-stores.ts';
import { inStep } from './push-error.ts';
import { type LineageDeps, pushersOf } from './trace-lineage.ts';

export interface Removal {
  readonly deps: LineageDeps;
  readonly cluster: string;
  readonly ref: ServedRef;
  readonly stores: PushStores;
  /** Asked before anything is removed: whether the cluster is the one that asked for it. */
  readonly beforeRemoval: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Removes from providers what is marked as left, one after the other.
 * @param memory - as it is stored: what is marked there is nobody's any more, so of two objects that drop a key at once the
 *   later one removes it
 * @param onRemoved - told of each that is gone, or is another's to keep
 * @throws SyncError - the first that fails; it and those after it stay
 */
export const removeEntries = async (
  removal: Removal,
  memory: PushedState,
  onRemoved: (entry: PushedEntry) => void,
): Promise<void> => {
  for (const entry of memory.entries.filter(({ left }) => left !== undefined)) {
    await removeEntry(removal, memory, entry);
    onRemoved(entry);
  }
};

export const without = (memory: PushedState, entry: PushedEntry): PushedState =>
  withEntries(
    memory,
    memory.entries.filter((known) => pushedId(known) !== pushedId(entry)),
  );

const removeEntry = async (removal: Removal, memory: PushedState, entry: PushedEntry): Promise<void> => {
  const decision = decideRemoval(entry, await othersAt(removal, memory, entry));
  if (decision === 'keep') return;
  const opened = await inStep(`could not get secrets client for store ${entry.store}: `, () =>
    openFor(removal, memory, entry),
  );
  await removal.beforeRemoval();
  await unlessGone(() =>
    opened.writer.remove(
      {
        key: opened.prefix + entry.remoteKey,
        property: entry.property,
        shared: decision === 'remove-shared',
        by: `PushSecret ${removal.ref.namespace}/${removal.ref.name} of cluster ${removal.cluster}`,
      },
      removal.signal,
    ),
  );
};

/** A secret that waits for its deletion has been removed already, most likely by a pass that could not remember it. */
const unlessGone = async (remove: () => Promise<void>): Promise<void> => {
  try {
    await remove();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
};

/** What is pushed to the same key besides, by anybody, and is to stay there. */
const othersAt = async (
  { deps, cluster, ref, signal }: Removal,
  memory: PushedState,
  { key }: PushedEntry,
): Promise<readonly Pick<WritePart, 'property'>[]> => {
  const pushers = await pushersOf(deps, key, signal);
  const others = pushers.filter((pusher) => pusher.cluster !== cluster || formatRef(pusher.ref) !== formatRef(ref));
  const own = memory.entries.filter((entry) => entry.key === key);
  return [...own, ...others.flatMap(({ entries }) => entries)].filter(({ left }) => left === undefined);
};

/**
 * The store as it is now, where it still leads to what was pushed: its credentials are the current ones, and so is who may
 * use it. Else as it was when it was pushed through.
 */
const openFor = async (
  { stores, ref, signal }: Removal,
  { places }: PushedState,
  entry: PushedEntry,
): Promise<OpenedPushStore> => {
  const remembered = places[entry.place];
  if (remembered === undefined) throw new StoreNotReadyError(`${syncedName(entry)}: nobody knows its store any more`);
  const current = await stores.find(remembered, ref.namespace, signal);
  const opened = current && (await stores.openToRemove(placeOf(current), ref.namespace, signal));
  if (opened !== undefined && leadsTo(opened, entry)) return opened;
  return stores.openToRemove(remembered, ref.namespace, signal);
};

const leadsTo = (opened: OpenedPushStore, { remoteKey, key }: PushedEntry): boolean =>
  formatRemoteKey(remoteKeyOf(opened, opened.prefix + remoteKey)) === key;
