import { InvalidSpecError } from '../sync-error.ts';
import type { PushConversion } from './push-secret.ts';

/** One remote key to push to, whatever it came from. */
export interface PushEntry {
  /** As the status names it: an explicit entry's as written, an expanded one's source key. Empty: more than one key. */
  readonly secretKey: string;
  /** The key of the source, before any conversion. Empty: more than one. */
  readonly sourceKey: string;
  readonly remoteKey: string;
  /** Empty: none. */
  readonly property: string;
  readonly metadata?: unknown;
  /** As the status shows it. */
  readonly conversionStrategy: PushConversion;
  /** What a bundle or a whole source holds: source keys, by the name they go under. Absent: `sourceKey` alone is pushed. */
  readonly members?: ReadonlyMap<string, string>;
}

/**
 * What a store is pushed: the entries of `dataTo` first, without those whose source key an entry of `data` is for.
 * @throws InvalidSpecError - two of them for one remote key and property
 */
export const mergeEntries = (expanded: readonly PushEntry[], explicit: readonly PushEntry[]): readonly PushEntry[] => {
  const overridden = new Set(explicit.map(({ sourceKey }) => sourceKey));
  const merged = [...expanded.filter(({ sourceKey }) => !overridden.has(sourceKey)), ...explicit];
  const seen = new Map<string, PushEntry>();
  for (const entry of merged) {
    const place = JSON.stringify([entry.remoteKey, entry.property]);
    const other = seen.get(place);
    if (other !== undefined) throw duplicate(other, entry);
    seen.set(place, entry);
  }
  return merged;
};

const duplicate = (one: PushEntry, other: PushEntry): InvalidSpecError => {
  const property = one.property === '' ? '' : ` with property ${JSON.stringify(one.property)}`;
  return new InvalidSpecError(
    `duplicate remote key "${one.remoteKey}"${property}: source keys "${one.sourceKey}" and "${other.sourceKey}" both map to the same destination`,
  );
};
