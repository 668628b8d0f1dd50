import { createTakePlace, type ParameterQuotaDeps, type TakePlace } from './parameter-quota.ts';
import type { SecretFinder, SecretReader, SecretReaders } from './ports/secret-reader.ts';

type Kind = 'reads' | 'describes';

export interface PacedReadersDeps extends ParameterQuotaDeps<Kind> {
  readonly readers: SecretReaders;
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

/** A search is let in as a whole: how many pages and batches it takes is not known before. */
const pacedFinder = (finder: SecretFinder, takePlace: TakePlace<Kind>): SecretFinder => ({
  list: async (query, signal) => {
    await takePlace('describes', signal);
    return finder.list(query, signal);
  },
  readMany: async (names, signal) => {
    await takePlace('reads', signal);
    return finder.readMany(names, signal);
  },
});

const paced = (deps: PacedReadersDeps, reader: SecretReader): SecretReader => {
  const { parameterRates } = deps;
  const { finder } = reader;
  const takePlace = createTakePlace(deps, reader.location);
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
