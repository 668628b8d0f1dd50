import type { StoreLocation } from '../domain/remote-key.ts';
import { QuotaSpentError } from '../domain/sync-error.ts';
import type { Clock } from './ports/runtime.ts';
import type { Quotas } from './ports/tables.ts';

/** Whoever would wait longer for a place comes back later instead: a waiting function is paid for. */
const MAX_WAIT_MILLISECONDS = 5_000;

export interface ParameterQuotaDeps<Kind extends string> {
  readonly quotas: Quotas;
  readonly clock: Clock;
  /** Calls a second, for each account and Region. */
  readonly parameterRates: Readonly<Record<Kind, number>>;
}

export type TakePlace<Kind extends string> = (kind: Kind, signal?: AbortSignal) => Promise<void>;

/**
 * Waits for a place in Parameter Store's request quota, which an account's containers share.
 * @throws QuotaSpentError - from what is returned, when a place would be long in coming
 */
export const createTakePlace =
  <Kind extends string>(
    { quotas, clock, parameterRates }: ParameterQuotaDeps<Kind>,
    { account, region }: StoreLocation,
  ): TakePlace<Kind> =>
  async (kind, signal) => {
    const now = clock.now();
    const place = await quotas.reserve(`${account}#${region}#parameter-${kind}`, {
      now,
      latest: now + MAX_WAIT_MILLISECONDS,
      stepMilliseconds: Math.ceil(1_000 / parameterRates[kind]),
    });
    if (!place.taken) throw new QuotaSpentError(`Parameter Store's ${kind} in account ${account} wait for their quota`);
    if (place.at > now) await clock.sleep(place.at - now, signal);
  };
