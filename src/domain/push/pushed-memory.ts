import { createHash } from 'node:crypto';
import { sameJson } from '../same-json.ts';
import type { PushedEntry, PushedPlace, PushedState } from './pushed.ts';

export const NOTHING_PUSHED: PushedState = { entries: [], places: {}, sources: [] };

/** What tells places apart: another account, Region, name or property is another place. */
export const pushedId = ({ key, property }: Pick<PushedEntry, 'key' | 'property'>): string =>
  JSON.stringify([key, property]);

/** Names a store as it is now; the name of another spec is another. */
export const placeId = ({ kind, name, spec }: PushedPlace): string =>
  `${kind}/${name}#${createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 12)}`;

/** A memory with these entries: places that none of them needs are forgotten. */
export const withEntries = (
  { places, sources }: Pick<PushedState, 'places' | 'sources'>,
  entries: readonly PushedEntry[],
): PushedState => {
  const needed = new Set(entries.map(({ place }) => place));
  return { entries, places: Object.fromEntries(Object.entries(places).filter(([id]) => needed.has(id))), sources };
};

/**
 * The memory before anything of `wanted` is written: what was pushed before is kept, since it has to be removed, or was
 * not yet; what is new is pending.
 * @param wanted - entries as they are to be pushed
 */
export const beforePush = (
  known: PushedState,
  wanted: { readonly entries: readonly PushedEntry[]; readonly places: PushedState['places'] },
): PushedState => {
  const before = new Map(known.entries.map((entry) => [pushedId(entry), entry]));
  const ids = new Set(wanted.entries.map(pushedId));
  const next = wanted.entries.map((entry) => merged(before.get(pushedId(entry)), entry));
  const others = known.entries.filter((entry) => !ids.has(pushedId(entry)));
  const places = { ...known.places, ...wanted.places };
  return withEntries({ places, sources: known.sources }, [...next, ...others]);
};

/** One that is asked for again is no longer left over. */
const merged = (before: PushedEntry | undefined, wanted: PushedEntry): PushedEntry => {
  if (before === undefined) return { ...wanted, pending: true };
  const { left: _, ...known } = before;
  return { ...known, ...wanted };
};

/** Whether the memory already says all that is about to be done. */
export const remembers = (known: PushedState, next: PushedState): boolean =>
  sameJson(known.entries, next.entries) && sameJson(known.places, next.places);

/** What is no longer asked for: to be removed where the policy says so, or said so when its object went. */
export const planRemoval = (
  known: PushedState,
  { wanted, deletes }: { readonly wanted: ReadonlySet<string>; readonly deletes: boolean },
): { readonly remove: readonly PushedEntry[]; readonly forget: readonly PushedEntry[] } => {
  const obsolete = known.entries.filter((entry) => !wanted.has(pushedId(entry)));
  return {
    remove: obsolete.filter(({ left }) => deletes || left === true),
    forget: obsolete.filter(({ left }) => !deletes && left !== true),
  };
};

/** How a removal stands to what others push. */
export type RemovalDecision = 'remove' | 'remove-shared' | 'keep';

/**
 * @param others - what is pushed to the same remote key besides, by this object or another
 */
export const decideRemoval = (
  { property }: Pick<PushedEntry, 'property'>,
  others: readonly Pick<PushedEntry, 'property'>[],
): RemovalDecision => {
  if (others.some((other) => other.property === property)) return 'keep';
  return others.length > 0 ? 'remove-shared' : 'remove';
};
