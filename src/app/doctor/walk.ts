import type { Hop, HopPlace, HopReport, Remedy, Trouble } from '../../domain/doctor/hop.ts';
import { SyncError } from '../../domain/sync-error.ts';

/** What came of an attempt. */
export type Found<T> =
  | { readonly found: T; readonly said: string }
  | { readonly trouble: Trouble }
  | { readonly untried: string; readonly remedy?: Remedy };

export interface Attempt<T> extends HopPlace {
  readonly attempted: string;
  /** Who asks, for people. */
  readonly as: string;
  readonly run: () => Promise<Found<T>>;
  /** What a failure means, and what mends it. */
  readonly explain: (error: SyncError) => Trouble;
}

/** One way along the hops of a subject. Who cannot go on says which hops that leaves. */
export interface Walk {
  /** @returns undefined when there is nothing to go on with: the report says why */
  attempt<T>(attempt: Attempt<T>): Promise<T | undefined>;
  /** Hops that need `needed`, which failed or was not tried itself. */
  skip(hops: readonly Hop[], needed: Hop): void;
  readonly reports: readonly HopReport[];
}

export const createWalk = (): Walk => {
  const reports: HopReport[] = [];
  return {
    reports,
    attempt: async ({ hop, of, attempted, as, run, explain }) => {
      const place = { hop, ...(of === undefined ? {} : { of }) };
      const result = await settle(run, explain);
      if ('found' in result) {
        reports.push({ ...place, status: 'ok', said: result.said });
        return result.found;
      }
      if ('untried' in result) {
        const { untried: because, remedy } = result;
        reports.push({ ...place, status: 'not-tried', because, ...(remedy === undefined ? {} : { remedy }) });
      } else reports.push({ ...place, status: 'failed', attempted, as, ...result.trouble });
      return undefined;
    },
    skip: (hops, needed) => {
      for (const hop of hops) reports.push({ hop, status: 'not-tried', because: `needs ${needed}` });
    },
  };
};

/** A bug stays what it is. */
const settle = async <T>(run: () => Promise<Found<T>>, explain: (error: SyncError) => Trouble): Promise<Found<T>> => {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { trouble: explain(error) };
  }
};

/** For what should not fail, having been allowed a moment ago. */
export const asAnswered = (error: SyncError): Trouble => ({
  answer: [error.message],
  remedy: { say: 'It went well a moment ago: try again.' },
});
