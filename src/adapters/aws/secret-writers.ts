import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Engines } from '../../app/ports/engine.ts';
import type { SecretWriter, SecretWriters, WriterSettings } from '../../app/ports/secret-writer.ts';
import { type AwsAccessOptions, type ClientPlan, createAwsAccess, type StoreAccess } from './aws-access.ts';
import { createParameterStoreWriter } from './parameter-store-writer.ts';
import { createSecretsManagerWriter } from './secrets-manager-writer.ts';

export interface SecretWritersOptions extends AwsAccessOptions {
  /** Set and delete properties; none is started before a property is used. */
  readonly engines: Engines;
}

/** The writers, and the end of their connections. */
export interface ClosableSecretWriters extends SecretWriters {
  close(): void;
}

/** Writes AWS under the identities that plans describe. Clients and sessions live as long as this does. */
export const createSecretWriters = (options: SecretWritersOptions): ClosableSecretWriters => {
  const access = createAwsAccess(options, makeClient);
  return {
    open: async (plan, { credentials, settings }, signal) => {
      const { client, ...store } = await access.open(plan, credentials, signal);
      return client.toWriter({ ...store, engines: options.engines, deletion: settings.secretsManager });
    },
    close: access.close,
  };
};

/** A client of one service, by what is done with it. */
interface WritingClient {
  readonly toWriter: (
    store: StoreAccess & { readonly engines: Engines; readonly deletion: WriterSettings['secretsManager'] },
  ) => SecretWriter;
  readonly destroy: () => void;
}

const makeClient = async ({ service, settingsFor }: ClientPlan): Promise<WritingClient> => {
  if (service === 'acm') {
    const acm = await import('./certificate-manager-writer.ts'); // heavy, and few stores hold certificates
    const clients = acm.createCertificateClients(settingsFor('acm'), settingsFor('tagging'));
    const known = acm.createKnownCertificates();
    return {
      toWriter: (store) => acm.createCertificateManagerWriter(clients, known, store),
      destroy: () => {
        clients.acm.destroy();
        clients.tagging.destroy();
      },
    };
  }
  if (service === 'ssm') {
    const client = new SSMClient(settingsFor('ssm'));
    return { toWriter: (store) => createParameterStoreWriter(client, store), destroy: () => client.destroy() };
  }
  const client = new SecretsManagerClient(settingsFor('secretsManager'));
  return { toWriter: (store) => createSecretsManagerWriter(client, store), destroy: () => client.destroy() };
};
