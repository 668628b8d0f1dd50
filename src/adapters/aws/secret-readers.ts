import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { SecretReader, SecretReaders } from '../../app/ports/secret-reader.ts';
import type { Credentials, IdentityPlan } from '../../domain/identity-plan.ts';
import type { StoreLocation } from '../../domain/remote-key.ts';
import { createCallAws } from './call-aws.ts';
import { attemptsOf, clientSettings, realRegion } from './client-settings.ts';
import { createParameterStoreReader } from './parameter-store-reader.ts';
import { Recent } from './recent.ts';
import { createSecretsManagerReader } from './secrets-manager-reader.ts';
import { createSecurityTokenService } from './security-token-service.ts';
import { chainOf, createSessions, identityKey, principalKey } from './sessions.ts';

/** Clients kept, one for each identity, Region, service and retry setting. */
const MAX_CLIENTS = 200;

export interface SecretReadersOptions {
  /** URLs that stand for the services' own. */
  readonly endpoints?: {
    readonly secretsManager?: string | undefined;
    readonly ssm?: string | undefined;
    readonly acm?: string | undefined;
    readonly sts?: string | undefined;
  };
  /** @default the SDK's own chain: the execution role, in Lambda */
  readonly hubCredentials?: STSClientConfig['credentials'];
  /** Milliseconds for one call with all its attempts. @default 15,000 */
  readonly deadlineMilliseconds?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** The readers, and the end of their connections. */
export interface ClosableSecretReaders extends SecretReaders {
  close(): void;
}

/** Reads AWS under the identities that plans describe. Clients and sessions live as long as this does. */
export const createSecretReaders = (options: SecretReadersOptions = {}): ClosableSecretReaders => {
  const { endpoints = {}, hubCredentials, deadlineMilliseconds = 15_000, now = Date.now } = options;
  const sts = createSecurityTokenService({
    endpoint: endpoints.sts,
    hubCredentials,
    call: createCallAws({ deadlineMilliseconds, maxAttempts: 3 }),
  });
  const sessions = createSessions(sts, now);
  const clients = new Recent<Promise<AwsClient>>(MAX_CLIENTS, (client) => {
    void client.then(({ destroy }) => setTimeout(destroy, deadlineMilliseconds).unref()); // its calls may still be under way
  });

  const open: SecretReaders['open'] = async (plan, credentials, signal) => {
    const chain = chainOf(plan, credentials);
    const session = await sessions.open(chain, signal);
    const client = await clients.getOrMake(`${plan.service} ${JSON.stringify(plan.retry)} ${identityKey(chain)}`, () =>
      makeClient({ ...plan, retry: within(deadlineMilliseconds, plan.retry) }, endpoints, async () => {
        const { credentials: keys, expiresAt } = await sessions.open(chain);
        return { ...keys, ...(expiresAt === undefined ? {} : { expiration: new Date(expiresAt) }) };
      }),
    );
    const location = { account: session.account, region: realRegion(plan.region), service: plan.service };
    return client.toReader({
      location,
      identity: `${plan.service} ${principalKey(chain)}`,
      call: createCallAws({ deadlineMilliseconds, maxAttempts: attemptsOf(plan.retry) }),
    });
  };

  const close = (): void => {
    sts.close();
    for (const client of clients.values()) void client.then(({ destroy }) => destroy());
  };
  return { open, close };
};

/** A client of one service, by what is done with it. */
interface AwsClient {
  readonly toReader: (options: ReaderOptions) => SecretReader;
  readonly destroy: () => void;
}

interface ReaderOptions {
  readonly location: StoreLocation;
  readonly identity: string;
  readonly call: ReturnType<typeof createCallAws>;
}

const makeClient = async (
  { service, region, retry }: IdentityPlan,
  endpoints: NonNullable<SecretReadersOptions['endpoints']>,
  credentials: () => Promise<Credentials>,
): Promise<AwsClient> => {
  if (service === 'acm') {
    const acm = await import('./certificate-manager-reader.ts'); // heavy, and few stores read certificates
    const settings = clientSettings({ region, endpoint: endpoints.acm }, retry);
    const client = acm.createCertificateManagerClient({ ...settings, credentials });
    const exports = acm.createCertificateExports();
    const toReader: AwsClient['toReader'] = (options) => acm.createCertificateManagerReader(client, exports, options);
    return { toReader, destroy: () => client.destroy() };
  }
  if (service === 'ssm') {
    const client = new SSMClient({ ...clientSettings({ region, endpoint: endpoints.ssm }, retry), credentials });
    return { toReader: (options) => createParameterStoreReader(client, options), destroy: () => client.destroy() };
  }
  const endpoint = endpoints.secretsManager;
  const client = new SecretsManagerClient({ ...clientSettings({ region, endpoint }, retry), credentials });
  return { toReader: (options) => createSecretsManagerReader(client, options), destroy: () => client.destroy() };
};

/** A longer delay would outlive its call: the SDK's timer goes on when nobody waits any more. */
const within = (deadlineMilliseconds: number, retry: IdentityPlan['retry']): IdentityPlan['retry'] =>
  retry.delayMilliseconds === undefined
    ? retry
    : { ...retry, delayMilliseconds: Math.min(retry.delayMilliseconds, deadlineMilliseconds) };
