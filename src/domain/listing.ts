import type { ExternalSecret } from './external-secret.ts';
import type { SpecEntry } from './spec-entries.ts';
import type { ReadVersion } from './sync-state.ts';
import { readsOtherObjects } from './target-template.ts';

/**
 * A listing may miss what happened in the five minutes before it.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
export const LISTING_LAG_MILLISECONDS = 5 * 60_000;

/** A listing's lag would be too large a part of shorter intervals: their objects are read. */
const SHORTEST_LISTED_INTERVAL_MILLISECONDS = 15 * 60_000;

/** One key as a listing shows it. */
export interface ListedKey {
  readonly name: string;
  /** Version by what `remoteRef.version` may ask for; empty: the newest. What is not here the listing does not say. */
  readonly versions: ReadonlyMap<string, string>;
}

/** What a provider shows in its listings tells all that an object's content depends on. */
const isToldByVersions = ({ data, dataFrom, target }: ExternalSecret): boolean =>
  !(target.template !== undefined && readsOtherObjects(target.template)) &&
  !target.manifest &&
  data.every(({ remoteRef, generator }) => !generator && remoteRef.metadataPolicy === 'None') &&
  dataFrom.every(({ extract }) => extract?.metadataPolicy === 'None');

/** Whether a listing may stand for the reads of an object at its interval. */
export const isListable = (es: ExternalSecret): boolean =>
  es.refreshPolicy === 'Periodic' &&
  es.refreshIntervalMilliseconds >= SHORTEST_LISTED_INTERVAL_MILLISECONDS &&
  isToldByVersions(es);

/** An entry's read: what the target was written from, and what a listing shows of it now. */
export interface ListedRead {
  readonly requested: SpecEntry['ref']['version'];
  readonly written: ReadVersion | undefined;
  /** Undefined: the key is not in what was listed. */
  readonly listed: ListedKey | undefined;
}

/**
 * - `current`: each read would give the version that was written
 * - `moved`: one would give another; it is to be synced
 * - `unknown`: the listing cannot tell, or may lag behind what was written; it is to be read
 */
export type ListingVerdict = 'current' | 'moved' | 'unknown';

/** @param listedAt - epoch milliseconds at which the listing began */
export const judgeByListing = (reads: readonly ListedRead[], listedAt: number): ListingVerdict => {
  const verdicts = reads.map((read) => judgeRead(read, listedAt));
  if (verdicts.includes('moved')) return 'moved';
  return verdicts.length === 0 || verdicts.includes('unknown') ? 'unknown' : 'current';
};

const judgeRead = ({ requested, written, listed }: ListedRead, listedAt: number): ListingVerdict => {
  const version = listed?.versions.get(requested);
  if (version === undefined || written === undefined || written.version === '') return 'unknown';
  if (version === written.version) return 'current';
  return (written.createdAt ?? listedAt) > listedAt - LISTING_LAG_MILLISECONDS ? 'unknown' : 'moved';
};

export interface ListingCost {
  /** Keys that would be read without a listing. */
  readonly keys: number;
  /** How many of them the pages so far have shown. */
  readonly found: number;
  /** Pages so far, or, before the first, those that the last listing had. */
  readonly pages: number;
  /** Reads that cost as much as one page: in price, or in a quota's time. */
  readonly pageCost: number;
}

/** A listing is given up when it has cost what the reads would have, and does not pay for its next page either. */
export const isListingDear = ({ keys, found, pages, pageCost }: ListingCost): boolean =>
  pages * pageCost >= keys && found < pages * pageCost;
