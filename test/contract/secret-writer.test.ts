import { createSecretWriters } from '../../src/adapters/aws/secret-writers.ts';
import { createEngine } from '../../src/adapters/engine/engine.ts';
import type { StoreLocation } from '../../src/domain/remote-key.ts';
import { StoreAccessDeniedError } from '../../src/domain/sync-error.ts';
import { startAwsServer } from '../support/aws-server.ts';
import type { FakeParameters } from '../support/fake-parameters.ts';
import { createFakeSecrets, FAKE_ACCOUNT } from '../support/fake-secrets.ts';
import type { FakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { hubPlan, roleArn } from '../support/identity-plan.ts';
import { oneKey, remoteWrite } from '../support/remote-write.ts';
import { describeSecretWriter, type SecretWriterBackend, type SeenSecret } from './secret-writer.ts';

const STRANGER = roleArn('stranger', FAKE_ACCOUNT);

const PLACE: StoreLocation = { account: FAKE_ACCOUNT, region: 'eu-central-1', service: 'secretsmanager' };

const seenIn = (manager: FakeSecretsManager, name: string): SeenSecret | undefined => {
  const found = manager.read({ key: name, version: '' }, PLACE);
  if (found === 'not-found' || 'rejected' in found) return undefined;
  return {
    value: (found.binary ?? found.text)?.revealText() ?? '',
    isBinary: found.binary !== undefined,
    version: found.version,
    tags: manager.describe(name, PLACE)?.tags ?? {},
  };
};

const world = (manager: FakeSecretsManager, parameters: FakeParameters) => ({
  account: FAKE_ACCOUNT,
  region: PLACE.region,
  writer: { plan: hubPlan('writer') },
  stranger: { plan: hubPlan('stranger') },
  secret: async (name: string) => seenIn(manager, name),
  putSecret: async (name: string, text: string, tags: Readonly<Record<string, string>>) => {
    manager.put(name, { text });
    manager.tag(name, tags);
  },
  scheduleDeletion: async (name: string) => manager.scheduleDeletion(name),
  parameter: async (name: string) => {
    const found = parameters.read(name, '');
    if (found === 'not-found' || 'rejected' in found) return undefined;
    return { value: found.text?.revealText() ?? '', version: found.version, tags: parameters.tagsOf(name) ?? {} };
  },
  putParameter: async (name: string, text: string, tags: Readonly<Record<string, string>>) => {
    parameters.put(name, text);
    parameters.tag(name, tags);
  },
});

describeSecretWriter('the fake', async (): Promise<SecretWriterBackend> => {
  const secrets = createFakeSecrets();
  secrets.fail({ identity: STRANGER }, () => new StoreAccessDeniedError('denied'));
  return { ...world(secrets.manager, secrets.parameters), writers: secrets.writers, stop: async () => undefined };
});

describeSecretWriter('AWS by its SDK', async (): Promise<SecretWriterBackend> => {
  const server = await startAwsServer();
  server.sts.denyReads(STRANGER);
  const { url } = server;
  const engines = createEngine();
  const writers = createSecretWriters({
    engines,
    endpoints: { secretsManager: url, ssm: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });
  const stop = async (): Promise<void> => {
    writers.close();
    await engines.close();
    await server.stop();
  };
  return { ...world(server.manager, server.parameters), writers, stop };
});

test('writers that take no turns lose no property either: a version follows one other, and that once', async () => {
  await using server = await startAwsServer();
  const { url } = server;
  const engines = createEngine();
  const writers = createSecretWriters({
    engines,
    endpoints: { secretsManager: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });
  const properties = Array.from({ length: 8 }, (_, index) => `p${index}`);

  await Promise.all(
    properties.map(async (property) => {
      const writer = await writers.open(hubPlan('writer'), { credentials: undefined, settings: {} });
      return writer.write(remoteWrite({ key: 'prod/db', property, content: oneKey(property) }));
    }),
  );

  expect(JSON.parse(seenIn(server.manager, 'prod/db')?.value ?? '')).toEqual(
    Object.fromEntries(properties.map((name) => [name, name])),
  );
  expect(server.manager.versionsOf('prod/db')).toHaveLength(8);
  writers.close();
  await engines.close();
});
