import { type PushTarget, rulesFor } from '../../domain/push/data-to.ts';
import { type Expansion, expandedEntries, matchedKeys } from '../../domain/push/expand-data-to.ts';
import { explicitEntries } from '../../domain/push/explicit-entries.ts';
import type { PushContent } from '../../domain/push/push-content.ts';
import { mergeEntries, type PushEntry } from '../../domain/push/push-entry.ts';
import type { PushSecret } from '../../domain/push/push-secret.ts';
import { formatRemoteKey } from '../../domain/remote-key.ts';
import { InvalidSecretValueError } from '../../domain/sync-error.ts';
import type { SecretData } from '../../domain/target-content.ts';
import type { Engine } from '../ports/engine.ts';
import { type OpenedPushStore, remoteKeyOf } from './open-push-stores.ts';
import { inStep } from './push-error.ts';
import type { PushSource } from './resolve-source.ts';
import { rewriteNames } from './rewrite-names.ts';

/** A source as it is pushed: after its template. */
export interface RenderedSource extends PushSource {
  readonly data: SecretData;
}

/** A store that is pushed to, opened. */
export interface PushStore extends PushTarget {
  readonly opened: OpenedPushStore;
}

/** One thing to write. */
export interface PlannedWrite {
  readonly store: PushStore;
  readonly source: RenderedSource;
  readonly entry: PushEntry;
  /** With the store's prefix. */
  readonly name: string;
  /** Where that is, as `formatRemoteKey` writes it. */
  readonly key: string;
  readonly content: PushContent;
}

interface Planning {
  readonly ps: Pick<PushSecret, 'data' | 'dataTo'>;
  readonly sources: readonly RenderedSource[];
  readonly stores: readonly PushStore[];
  readonly engine: Engine;
}

/**
 * All that is to be written, before any of it is: what cannot be planned leaves everything as it was. Several sources may
 * have an entry for the same place; the last one's is written, as if they had been written one after the other.
 * @throws PushError - in the reference's words
 */
export const planPush = async (
  { ps, sources, stores, engine }: Planning,
  signal?: AbortSignal,
): Promise<readonly PlannedWrite[]> => {
  const planned = new Map<string, PlannedWrite>();
  for (const source of sources)
    for (const store of stores)
      for (const entry of await entriesFor({ ps, source, store, engine }, signal)) {
        const place = JSON.stringify([store.opened.id, entry.remoteKey, entry.property]);
        planned.delete(place); // so that it comes in the order of its last source
        planned.set(place, toWrite(store, source, entry));
      }
  return [...planned.values()];
};

interface EntriesFor extends Pick<Planning, 'ps' | 'engine'> {
  readonly source: RenderedSource;
  readonly store: PushStore;
}

const entriesFor = async (
  { ps, source, store, engine }: EntriesFor,
  signal?: AbortSignal,
): Promise<readonly PushEntry[]> => {
  const keys = [...source.data.keys()];
  const expanded = await inStep('set secret failed: failed to expand dataTo: ', async () => {
    const expansions: Expansion[] = [];
    for (const [index, rule] of rulesFor(ps, store).entries()) {
      const matched = matchedKeys(rule, index, keys);
      const names = matched.map(({ name }) => name);
      expansions.push({ rule, matched, remoteKeys: await rewriteNames(engine, { rule, index, names }, signal) });
    }
    return expandedEntries(expansions);
  });
  const explicit = await inStep('set secret failed: ', () => explicitEntries(ps.data, keys));
  return inStep('set secret failed: failed to merge data entries: ', () => mergeEntries(expanded, explicit));
};

const toWrite = (store: PushStore, source: RenderedSource, entry: PushEntry): PlannedWrite => {
  const name = store.opened.prefix + entry.remoteKey;
  const key = formatRemoteKey(remoteKeyOf(store.opened, name));
  return { store, source, entry, name, key, content: contentOf(entry, source.data) };
};

const contentOf = ({ members, sourceKey }: PushEntry, data: SecretData): PushContent =>
  members === undefined
    ? { type: 'key', value: valueUnder(data, sourceKey) }
    : { type: 'whole', values: new Map([...members].map(([name, key]) => [name, valueUnder(data, key)])) };

const valueUnder = (data: SecretData, key: string) => {
  const value = data.get(key);
  if (value === undefined) throw new InvalidSecretValueError(`secret key ${key} does not exist`);
  return value;
};
