import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { SecretReader, SecretReaders } from '../../app/ports/secret-reader.ts';
import { type AwsAccessOptions, type ClientPlan, createAwsAccess, type StoreAccess } from './aws-access.ts';
import { createParameterStoreReader } from './parameter-store-reader.ts';
import { createSecretsManagerReader } from './secrets-manager-reader.ts';

export type SecretReadersOptions = AwsAccessOptions;

/** The readers, and the end of their connections. */
export interface ClosableSecretReaders extends SecretReaders {
  close(): void;
}

/** Reads AWS under the identities that plans describe. Clients and sessions live as long as this does. */
export const createSecretReaders = (options: SecretReadersOptions = {}): ClosableSecretReaders => {
  const access = createAwsAccess(options, makeClient);
  return {
    open: async (plan, credentials, signal) => {
      const { client, ...store } = await access.open(plan, credentials, signal);
      return client.toReader(store);
    },
    close: access.close,
  };
};

/** A client of one service, by what is done with it. */
interface ReadingClient {
  readonly toReader: (store: StoreAccess) => SecretReader;
  readonly destroy: () => void;
}

const makeClient = async ({ service, settingsFor }: ClientPlan): Promise<ReadingClient> => {
  if (service === 'acm') {
    const acm = await import('./certificate-manager-reader.ts'); // heavy, and few stores read certificates
    const client = acm.createCertificateManagerClient(settingsFor('acm'));
    const exports = acm.createCertificateExports();
    const toReader: ReadingClient['toReader'] = (store) => acm.createCertificateManagerReader(client, exports, store);
    return { toReader, destroy: () => client.destroy() };
  }
  if (service === 'ssm') {
    const client = new SSMClient(settingsFor('ssm'));
    return { toReader: (store) => createParameterStoreReader(client, store), destroy: () => client.destroy() };
  }
  const client = new SecretsManagerClient(settingsFor('secretsManager'));
  return { toReader: (store) => createSecretsManagerReader(client, store), destroy: () => client.destroy() };
};
