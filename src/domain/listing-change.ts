import { type FindSelector, hasTags, namesWanted, type Tags } from './find-selector.ts';
import type { RemoteKey } from './remote-key.ts';
import { InvalidSpecError } from './sync-error.ts';

/** What an event says of a secret's place in lists; what the secret holds is another matter. */
export type ListingChange = Appeared | Disappeared | Tagged;

interface OfKeys {
  readonly keys: readonly RemoteKey[];
}

/** Created, restored or replicated. */
interface Appeared extends OfKeys {
  readonly type: 'appeared';
  /** All that it has. Absent: the event does not tell. */
  readonly tags?: Tags;
}

/** Deleted, whether or not it can be restored. */
interface Disappeared extends OfKeys {
  readonly type: 'disappeared';
}

interface Tagged extends OfKeys {
  readonly type: 'tagged';
  /** Given a value, or taken away. Absent: the event does not tell which. */
  readonly tagKeys?: readonly string[];
}

/**
 * Whether a search may give another result after the change than before, as far as the event tells. A search that does
 * not even compile gives none.
 */
export const mayConcern = (selector: FindSelector, change: ListingChange): boolean =>
  isAnyNameWanted(selector, change.keys) && mayTagsMatter(selector.tags, change);

const isAnyNameWanted = (selector: FindSelector, keys: readonly RemoteKey[]): boolean => {
  try {
    return keys.some(({ name, service }) => namesWanted([name], selector, service).length > 0);
  } catch (error) {
    if (error instanceof InvalidSpecError) return false;
    throw error;
  }
};

const mayTagsMatter = (wanted: Tags, change: ListingChange): boolean => {
  switch (change.type) {
    case 'appeared':
      return change.tags === undefined || hasTags(change.tags, wanted);
    case 'disappeared':
      return true;
    case 'tagged':
      return Object.keys(wanted).some((key) => change.tagKeys?.includes(key) ?? true);
  }
};
