import type { STSClientConfig } from '@aws-sdk/client-sts';

type RetryStrategy = Extract<NonNullable<STSClientConfig['retryStrategy']>, { acquireInitialRetryToken: unknown }>;
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;

/**
 * Tries again after the same delay each time, what the SDK itself would try again.
 * @param maxAttempts - may be infinite: the call's deadline then ends it
 */
export const fixedDelay = (maxAttempts: number, delayMilliseconds: number): RetryStrategy => ({
  acquireInitialRetryToken: async () => token(0, 0),
  refreshRetryTokenForRetry: async (last, { errorType }) => {
    const attempts = last.getRetryCount() + 1;
    if (attempts >= maxAttempts || (errorType !== 'THROTTLING' && errorType !== 'TRANSIENT'))
      throw new Error('not tried again'); // the SDK then throws the call's own error
    return token(attempts, delayMilliseconds);
  },
  recordSuccess: () => undefined,
});

const token = (count: number, delay: number): RetryToken => ({
  getRetryCount: () => count,
  getRetryDelay: () => delay,
});
