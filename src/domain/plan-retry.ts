import { parseGoDuration } from './go-duration.ts';
import type { IdentityPlan } from './identity-plan.ts';
import type { StoreSettings } from './secret-store.ts';
import { InvalidSpecError } from './sync-error.ts';

/** Attempts of one call when the store does not say. */
const DEFAULT_ATTEMPTS = 3;

/**
 * How often a call is tried, and how long apart.
 * @throws InvalidSpecError - `retryInterval` is no duration
 */
export const planRetry = ({ retrySettings }: StoreSettings): IdentityPlan['retry'] => {
  if (retrySettings === undefined) return { maxAttempts: DEFAULT_ATTEMPTS };
  const maxAttempts = Math.max(0, retrySettings.maxRetries ?? DEFAULT_ATTEMPTS);
  const delayMilliseconds = parseRetryInterval(retrySettings.retryInterval);
  return { maxAttempts, ...(delayMilliseconds > 0 ? { delayMilliseconds } : {}) };
};

const parseRetryInterval = (written: string | undefined): number => {
  if (written === undefined) return 0;
  try {
    return parseGoDuration(written);
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    throw new InvalidSpecError(`unable to initialize aws provider: ${error.message}`);
  }
};
