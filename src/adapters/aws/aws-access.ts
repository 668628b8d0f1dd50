import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { BaseCredentials } from '../../app/ports/secret-reader.ts';
import type { Credentials, IdentityPlan } from '../../domain/identity-plan.ts';
import type { StoreLocation } from '../../domain/remote-key.ts';
import { type CallAws, createCallAws } from './call-aws.ts';
import { attemptsOf, clientSettings, realRegion } from './client-settings.ts';
import { Recent } from './recent.ts';
import { createSecurityTokenService } from './security-token-service.ts';
import { chainOf, createSessions, identityKey, principalKey } from './sessions.ts';

/** Clients kept, one for each identity, Region, service and retry setting. */
const MAX_CLIENTS = 200;

export interface AwsAccessOptions {
  /** URLs that stand for the services' own. */
  readonly endpoints?: AwsEndpoints;
  /** @default the SDK's own chain: the execution role, in Lambda */
  readonly hubCredentials?: STSClientConfig['credentials'];
  /** Milliseconds for one call with all its attempts. @default 15,000 */
  readonly deadlineMilliseconds?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

export interface AwsEndpoints {
  readonly secretsManager?: string | undefined;
  readonly ssm?: string | undefined;
  readonly acm?: string | undefined;
  readonly tagging?: string | undefined;
  readonly sts?: string | undefined;
}

/** What whoever speaks to a store needs beside its client. */
export interface StoreAccess {
  readonly location: StoreLocation;
  /** Equal for those that see the same: same principal, Region and service. */
  readonly identity: string;
  readonly call: CallAws;
}

/** Where clients of one plan are made: with these settings, and credentials that renew themselves. */
export interface ClientPlan {
  readonly service: IdentityPlan['service'];
  readonly settingsFor: (endpoint: keyof AwsEndpoints) => ReturnType<typeof clientSettings> & {
    readonly credentials: () => Promise<Credentials>;
  };
}

export interface AwsAccess<T> {
  open(
    plan: IdentityPlan,
    credentials: BaseCredentials | undefined,
    signal?: AbortSignal,
  ): Promise<StoreAccess & { readonly client: T }>;
  close(): void;
}

/**
 * Sessions and clients of the identities that plans describe. They live as long as this does.
 * @param makeClient - makes what is kept for one identity, Region, service and retry setting
 */
export const createAwsAccess = <T extends { readonly destroy: () => void }>(
  options: AwsAccessOptions,
  makeClient: (plan: ClientPlan) => Promise<T>,
): AwsAccess<T> => {
  const { endpoints = {}, hubCredentials, deadlineMilliseconds = 15_000, now = Date.now } = options;
  const sts = createSecurityTokenService({
    endpoint: endpoints.sts,
    hubCredentials,
    call: createCallAws({ deadlineMilliseconds, maxAttempts: 3 }),
  });
  const sessions = createSessions(sts, now);
  const clients = new Recent<Promise<T>>(MAX_CLIENTS, (client) => {
    void client.then(({ destroy }) => setTimeout(destroy, deadlineMilliseconds).unref()); // its calls may still be under way
  });

  const open: AwsAccess<T>['open'] = async (plan, credentials, signal) => {
    const chain = chainOf(plan, credentials);
    const session = await sessions.open(chain, signal);
    const retry = within(deadlineMilliseconds, plan.retry);
    const sessionKeys = async () => {
      const { credentials: keys, expiresAt } = await sessions.open(chain);
      return { ...keys, ...(expiresAt === undefined ? {} : { expiration: new Date(expiresAt) }) };
    };
    const client = await clients.getOrMake(`${plan.service} ${JSON.stringify(plan.retry)} ${identityKey(chain)}`, () =>
      makeClient({
        service: plan.service,
        settingsFor: (name) => ({
          ...clientSettings({ region: plan.region, endpoint: endpoints[name] }, retry),
          credentials: sessionKeys,
        }),
      }),
    );
    return {
      client,
      location: { account: session.account, region: realRegion(plan.region), service: plan.service },
      identity: `${plan.service} ${principalKey(chain)}`,
      call: createCallAws({ deadlineMilliseconds, maxAttempts: attemptsOf(plan.retry) }),
    };
  };

  const close = (): void => {
    sts.close();
    for (const client of clients.values()) void client.then(({ destroy }) => destroy());
  };
  return { open, close };
};

/** A longer delay would outlive its call: the SDK's timer goes on when nobody waits any more. */
const within = (deadlineMilliseconds: number, retry: IdentityPlan['retry']): IdentityPlan['retry'] =>
  retry.delayMilliseconds === undefined
    ? retry
    : { ...retry, delayMilliseconds: Math.min(retry.delayMilliseconds, deadlineMilliseconds) };
