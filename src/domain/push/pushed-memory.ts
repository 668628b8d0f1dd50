import { createHash } from 'node:crypto';
import { sameJson } from '../same-json.ts';
import type { PushedEntry, PushedPlace, PushedState } from './pushed.ts';

export const NOTHING_PUSHED: PushedState = { entries: [], places: {}, sources: [] };

/** What tells places apart: another account, Region, name or property is another place. */
export const pushedId = ({ key, property }: Pick<PushedEntry, 'key' | 'property'>): string =>
  JSON.stringify([key, property]);

/** Names a store as it is now; with another spec it has another name. */
export const placeId = ({ kind, name, spec }: PushedPlace): string =>
  `${kind}/${name}#${createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 12)}`;

/** A memory with these entries: places that none of them needs are forgotten. */
export const withEntries = (memory: PushedState, entries: readonly PushedEntry[]): PushedState => {
  const needed = new Set(entries.map(({ place }) => place));
  const places = Object.fromEntries(Object.entries(memory.places).filter(([id]) => needed.has(id)));
  return { ...memory, entries, places };
};

/** What is about to be pushed. */
export interface Wanted {
  readonly entries: readonly PushedEntry[];
  readonly places: PushedState['places'];
  /** What is no longer asked for is to be removed. */
  readonly deletes: boolean;
}

/**
 * The memory before any of it is written: what is new is pending, and what is no longer asked for is kept while it has to
 * be removed.
 */
export const beforePush = (known: PushedState, { entries, places, deletes }: Wanted): PushedState => {
  const before = new Map(known.entries.map((entry) => [pushedId(entry), entry]));
  const wanted = new Set(entries.map(pushedId));
  const next = entries.map((entry) => merged(before.get(pushedId(entry)), entry));
  const others = known.entries
    .filter((entry) => !wanted.has(pushedId(entry)))
    .flatMap((entry) => dropped(entry, deletes));
  const { deletes: _, ...memory } = known;
  return withEntries({ ...memory, places: { ...known.places, ...places }, ...(deletes && { deletes }) }, [
    ...next,
    ...others,
  ]);
};

/** One that is asked for again is no longer left over. */
const merged = (before: PushedEntry | undefined, wanted: PushedEntry): PushedEntry => {
  if (before === undefined) return { ...wanted, pending: true };
  const { left: _, ...known } = before;
  return { ...known, ...wanted };
};

const dropped = (entry: PushedEntry, deletes: boolean): readonly PushedEntry[] => {
  if (entry.left === 'gone') return [entry];
  return deletes ? [{ ...entry, left: 'dropped' }] : [];
};

/** Whether the memory already says all that is about to be done. */
export const remembers = (known: PushedState, next: PushedState): boolean =>
  known.deletes === next.deletes && sameJson(known.entries, next.entries) && sameJson(known.places, next.places);

/** The memory of an object that is gone: all of it is to be removed, or nothing that it did not have to remove itself. */
export const afterObject = (known: PushedState, deletes: boolean): PushedState =>
  withEntries(
    known,
    known.entries.flatMap((entry) => (deletes || entry.left === 'gone' ? [{ ...entry, left: 'gone' as const }] : [])),
  );

/** How a removal stands to what others push. */
export type RemovalDecision = 'remove' | 'remove-shared' | 'keep';

/** @param others - what is pushed to the same remote key besides, by this object or another */
export const decideRemoval = (
  { property }: Pick<PushedEntry, 'property'>,
  others: readonly Pick<PushedEntry, 'property'>[],
): RemovalDecision => {
  if (others.some((other) => other.property === property)) return 'keep';
  return others.length > 0 ? 'remove-shared' : 'remove';
};

/** The last versions of ours that are remembered: what is read back may be one or two behind. */
const MAX_VERSIONS = 4;

/** An entry after its write. */
export const afterWrite = (
  { pending: _, ...entry }: PushedEntry,
  news: {
    readonly version: string | undefined;
    readonly wrote: boolean;
    readonly madeFrom: readonly string[];
    readonly rounds: number;
  },
): PushedEntry => {
  const { versions = [], madeFrom: __, rounds: ___, ...rest } = entry;
  const { version, wrote, madeFrom, rounds } = news;
  const known = version === undefined || !wrote ? versions : [version, ...versions].slice(0, MAX_VERSIONS);
  return {
    ...rest,
    ...(known.length > 0 && { versions: known }),
    ...(madeFrom.length > 0 && { madeFrom }),
    ...(rounds > 0 && { rounds }),
  };
};
