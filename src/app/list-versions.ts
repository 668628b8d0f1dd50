import { isListingDear, type ListedKey } from '../domain/listing.ts';
import { StoreAccessDeniedError } from '../domain/sync-error.ts';
import { isTellable } from './failure.ts';
import type { Clock, Log } from './ports/runtime.ts';
import type { SecretReader } from './ports/secret-reader.ts';
import type { ListingMemory, Listings } from './ports/tables.ts';

/** An identity that may not list is not asked to again before this. */
const DENIED_FOR_MILLISECONDS = 3_600_000;

/** A listing that takes longer leaves the rest to reads; the function's own timeout is twice this. */
const MAX_LISTING_MILLISECONDS = 30_000;

export interface ListVersionsDeps {
  readonly listings: Listings;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is listed of some keys: by name. What is not in it was not seen, for whatever reason. */
export type Listed = ReadonlyMap<string, ListedKey>;

/**
 * Lists what one identity sees until all of `names` were seen, where that costs less than reading them. It never fails:
 * what it does not tell is read.
 */
export const createListVersions = (deps: ListVersionsDeps) => {
  const { listings, clock, log } = deps;
  return async (reader: SecretReader, names: ReadonlySet<string>, signal?: AbortSignal): Promise<Listed> => {
    const listing: Listing = { reader, names, startedAt: clock.now(), listed: new Map(), pages: 0 };
    const memory = (await listings.get(reader.identity, signal)) ?? {};
    if (!isWorthwhile(listing, memory)) return listing.listed;
    try {
      const learnt = await readPages(deps, { listing, memory }, signal);
      if (learnt !== undefined && learnt.pages !== memory.pages) await listings.put(reader.identity, learnt);
    } catch (error) {
      if (!isTellable(error)) throw error;
      log.info('versions not listed', { ...reader.location, reason: error.reason, pages: listing.pages });
      if (error instanceof StoreAccessDeniedError)
        await listings.put(reader.identity, { ...memory, deniedUntil: clock.now() + DENIED_FOR_MILLISECONDS });
    }
    return listing.listed;
  };
};

interface Listing {
  readonly reader: SecretReader;
  readonly names: ReadonlySet<string>;
  /** Epoch milliseconds */
  readonly startedAt: number;
  readonly listed: Map<string, ListedKey>;
  pages: number;
}

const isWorthwhile = ({ reader, names, startedAt }: Listing, { pages = 1, deniedUntil = 0 }: ListingMemory): boolean =>
  deniedUntil <= startedAt && !isListingDear({ keys: names.size, pageCost: reader.listing.pageCost, found: 0, pages });

/**
 * Fills `listing`, also when it fails later on.
 * @returns what is known of its length now; undefined when all was seen before the end
 */
const readPages = async (
  { clock }: ListVersionsDeps,
  { listing, memory }: { readonly listing: Listing; readonly memory: ListingMemory },
  signal?: AbortSignal,
): Promise<ListingMemory | undefined> => {
  const { reader, names, startedAt, listed } = listing;
  for await (const page of reader.listing.pages(signal)) {
    listing.pages += 1;
    for (const key of page) if (names.has(key.name)) listed.set(key.name, key);
    if (listed.size === names.size) return undefined;
    const cost = { keys: names.size, pageCost: reader.listing.pageCost, found: listed.size, pages: listing.pages };
    if (memory.pages === undefined && isListingDear(cost)) return { pages: listing.pages + 1 };
    if (clock.now() - startedAt > MAX_LISTING_MILLISECONDS) return { pages: listing.pages + 1 };
  }
  return { pages: listing.pages };
};
