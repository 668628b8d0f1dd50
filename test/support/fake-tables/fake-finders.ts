import type { Finder, Finders } from '../../../src/app/ports/tables.ts';
import { formatLocation, formatPlaced, type PlacedSelector } from '../../../src/domain/find-selector.ts';
import { formatRef } from '../../../src/domain/object-ref.ts';

interface Note {
  readonly location: string;
  readonly name: string;
  readonly at: number;
}

export const createFakeFinders = (): Finders & { forget(cluster: string): void } => {
  const finders = new Map<string, { readonly location: string; readonly finder: Finder }>();
  let notes: readonly Note[] = [];
  const keyOf = (search: PlacedSelector, { cluster, ref }: Pick<Finder, 'cluster' | 'ref'>): string =>
    `${formatPlaced(search)} ${cluster} ${formatRef(ref)}`;
  return {
    of: async (location) => {
      const here = [...finders.values()].filter((known) => known.location === formatLocation(location));
      return structuredClone(here.map(({ finder }) => finder));
    },
    add: async (searches, dependant) => {
      const { cluster } = dependant;
      const { kind, namespace, name } = dependant.ref;
      for (const search of searches)
        finders.set(keyOf(search, dependant), {
          location: formatLocation(search.location),
          finder: structuredClone({ cluster, ref: { kind, namespace, name }, selector: search.selector }),
        });
    },
    remove: async (searches, dependant) => {
      for (const search of searches) finders.delete(keyOf(search, dependant));
    },
    note: async ({ name, ...location }, at) => {
      notes = [...notes, { location: formatLocation(location), name, at }];
    },
    noted: async (location, since) => {
      const here = notes.filter((note) => note.location === formatLocation(location) && note.at >= since);
      return [...new Set(here.sort((a, b) => b.at - a.at).map(({ name }) => name))];
    },
    forget: (cluster) => {
      for (const [key, { finder }] of finders) if (finder.cluster === cluster) finders.delete(key);
    },
  };
};
