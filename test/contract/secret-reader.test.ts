import { createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import { StoreAccessDeniedError } from '../../src/domain/sync-error.ts';
import { startAwsServer } from '../support/aws-server.ts';
import type { FakeParameters } from '../support/fake-parameters.ts';
import { createFakeSecrets, FAKE_ACCOUNT } from '../support/fake-secrets.ts';
import type { FakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { describeSecretReader, type Identity, type SecretReaderBackend } from './secret-reader.ts';

const REGION = 'eu-central-1';
const READER = `arn:aws:iam::${FAKE_ACCOUNT}:role/reader`;
const STRANGER = `arn:aws:iam::${FAKE_ACCOUNT}:role/stranger`;

const identity = (roleArn: string): Identity => ({
  plan: {
    region: REGION,
    base: { type: 'default-role', roleArn, sessionTags: [] },
    hops: [],
    retry: { maxAttempts: 3 },
  },
});

const world = (manager: FakeSecretsManager, parameters: FakeParameters) => ({
  account: FAKE_ACCOUNT,
  region: REGION,
  reader: identity(READER),
  stranger: identity(STRANGER),
  putSecret: async (name: string, value: { readonly text?: string; readonly bytes?: Uint8Array }) =>
    manager.put(name, value),
  putStaged: async (name: string, text: string, stage: string) => manager.put(name, { text }, [stage]),
  tagSecret: async (name: string, tags: Readonly<Record<string, string>>) => manager.tag(name, tags),
  scheduleDeletion: async (name: string) => manager.scheduleDeletion(name),
  deleteSecret: async (name: string) => manager.delete(name),
  arnOf: async (name: string) => `arn:aws:secretsmanager:${REGION}:${FAKE_ACCOUNT}:secret:${name}-AbCd12`,
  putParameter: async (name: string, text: string) => parameters.put(name, text),
  labelParameter: async (name: string, version: string, label: string) => parameters.label(name, version, label),
  tagParameter: async (name: string, tags: Readonly<Record<string, string>>) => parameters.tag(name, tags),
  deleteParameter: async (name: string) => parameters.delete(name),
});

describeSecretReader('the fake', async (): Promise<SecretReaderBackend> => {
  const secrets = createFakeSecrets();
  secrets.fail({ identity: STRANGER }, () => new StoreAccessDeniedError('denied'));
  return { ...world(secrets.manager, secrets.parameters), readers: secrets, stop: async () => undefined };
});

describeSecretReader('AWS by its SDK', async (): Promise<SecretReaderBackend> => {
  const server = await startAwsServer();
  server.sts.denyReads(STRANGER);
  const { url } = server;
  const readers = createSecretReaders({
    endpoints: { secretsManager: url, ssm: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });
  const stop = async (): Promise<void> => {
    readers.close();
    await server.stop();
  };
  return { ...world(server.manager, server.parameters), readers, stop };
});
