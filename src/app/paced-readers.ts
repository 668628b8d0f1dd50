import { QuotaSpentError } from '../domain/sync-error.ts';
import type { Clock } from './ports/runtime.ts';
import type { SecretFinder, SecretReader, SecretReaders } from './ports/secret-reader.ts';
import type { Quotas } from './ports/tables.ts';

/** Whoever would wait longer for a place comes back later instead: a waiting function is paid for. */
const MAX_WAIT_MILLISECONDS = 5_000;

export interface PacedReadersDeps {
  readonly readers: SecretReaders;
  readonly quotas: Quotas;
  readonly clock: Clock;
  /** Calls a second, for each account and Region. */
  readonly parameterRates: { readonly reads: number; readonly describes: number };
}

/**
 * Keeps Parameter Store's calls under the account's quota, whose default is far below what a fleet would ask: 40 reads and
 * 3 descriptions a second. Secrets Manager's is out of reach.
 * @throws QuotaSpentError - from reads and listings, when a place would be long in coming
 */
export const createPacedReaders = (deps: PacedReadersDeps): SecretReaders => ({
  open: async (plan, credentials, signal) => {
    const reader = await deps.readers.open(plan, credentials, signal);
    return plan.service === 'ssm' ? paced(deps, reader) : reader;
  },
});

type TakePlace = (kind: Kind, signal?: AbortSignal) => Promise<void>;

/** A search is let in as a whole: how many pages and batches it takes is not known before. */
const pacedFinder = (finder: SecretFinder, takePlace: TakePlace): SecretFinder => ({
  list: async (query, signal) => {
    await takePlace('describes', signal);
    return finder.list(query, signal);
  },
  readMany: async (names, signal) => {
    await takePlace('reads', signal);
    return finder.readMany(names, signal);
  },
});

type Kind = keyof PacedReadersDeps['parameterRates'];

const paced = ({ quotas, clock, parameterRates }: PacedReadersDeps, reader: SecretReader): SecretReader => {
  const { account, region } = reader.location;
  const { finder } = reader;
  const takePlace: TakePlace = async (kind, signal) => {
    const now = clock.now();
    const place = await quotas.reserve(`${account}#${region}#parameter-${kind}`, {
      now,
      latest: now + MAX_WAIT_MILLISECONDS,
      stepMilliseconds: Math.ceil(1_000 / parameterRates[kind]),
    });
    if (!place.taken) throw new QuotaSpentError(`Parameter Store's ${kind} in account ${account} wait for their quota`);
    if (place.at > now) await clock.sleep(place.at - now, signal);
  };
  return {
    location: reader.location,
    identity: reader.identity,
    read: async (read, signal) => {
      await takePlace('reads', signal);
      return reader.read(read, signal);
    },
    readTags: async (key, signal) => {
      await takePlace('reads', signal);
      return reader.readTags(key, signal);
    },
    ...(finder === undefined ? {} : { finder: pacedFinder(finder, takePlace) }),
    listing: {
      pageCost: Math.ceil(parameterRates.reads / parameterRates.describes),
      pages: async function* (signal) {
        await takePlace('describes', signal);
        for await (const page of reader.listing.pages(signal)) {
          yield page;
          await takePlace('describes', signal); // the next page is asked for when this returns
        }
      },
    },
  };
};
