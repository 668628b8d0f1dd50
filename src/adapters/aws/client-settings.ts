import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { IdentityPlan } from '../../domain/identity-plan.ts';
import { fixedDelay } from './fixed-delay.ts';

/** What each client of ours has in common, whatever its service. */
type ClientSettings = Pick<
  STSClientConfig,
  'region' | 'endpoint' | 'requestHandler' | 'maxAttempts' | 'retryStrategy' | 'customUserAgent'
>;

export interface ClientPlace {
  /** As a store names it: FIPS pseudo-regions included. */
  readonly region: string;
  /** URL that stands for the service's own. */
  readonly endpoint?: string | undefined;
}

/** Milliseconds */
const CONNECTION_TIMEOUT = 2_000;
/** Milliseconds for one attempt. */
const REQUEST_TIMEOUT = 5_000;

/**
 * Settings of one client. Each client has connections, retry quota and timeouts of its own, so an account that throttles
 * or hangs holds nobody else's calls.
 */
export const clientSettings = ({ region, endpoint }: ClientPlace, retry: IdentityPlan['retry']): ClientSettings => ({
  // The SDK refuses FIPS together with an endpoint.
  ...(endpoint === undefined ? { region } : { region: realRegion(region), endpoint }),
  requestHandler: {
    connectionTimeout: CONNECTION_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    throwOnRequestTimeout: true, // without it the SDK only warns
  },
  ...(retry.delayMilliseconds === undefined
    ? { maxAttempts: attemptsOf(retry) }
    : { retryStrategy: fixedDelay(attemptsOf(retry), retry.delayMilliseconds) }),
  customUserAgent: 'secretcast',
});

/** Attempts as a number to compare with: 0 in a plan is no cap. */
export const attemptsOf = ({ maxAttempts }: IdentityPlan['retry']): number =>
  maxAttempts === 0 ? Number.POSITIVE_INFINITY : maxAttempts;

/** The Region that events and ARNs name: `us-east-1` of `us-east-1-fips` and `fips-us-east-1`. */
export const realRegion = (region: string): string => region.replace(/^fips-|-fips$/g, '');
