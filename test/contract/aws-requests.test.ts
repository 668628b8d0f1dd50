import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ClosableSecretReaders, createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import type { RemoteSecret } from '../../src/app/ports/secret-reader.ts';
import type { SecretService } from '../../src/domain/remote-key.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { success } from '../support/aws-server-secrets.ts';
import { hubPlan } from '../support/identity-plan.ts';

let server: AwsServer;
let readers: ClosableSecretReaders;

beforeEach(async () => {
  server = await startAwsServer();
  const { url } = server;
  readers = createSecretReaders({
    endpoints: { secretsManager: url, ssm: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });
});

afterEach(async () => {
  readers.close();
  await server.stop();
});

const read = async (service: SecretService, key: string, version: string): Promise<RemoteSecret> =>
  (await readers.open(hubPlan('default', { service }), undefined)).read({ key, version });

test.each([
  ['no version asks for AWSCURRENT [AWS21]', '', { SecretId: 'app/db', VersionStage: 'AWSCURRENT' }],
  [
    'uuid/ asks for a version id and no stage [AWS21]',
    'uuid/1234-5678',
    { SecretId: 'app/db', VersionId: '1234-5678' },
  ],
  ['a bare number asks for a stage [AWS21]', '1234', { SecretId: 'app/db', VersionStage: '1234' }],
  ['a stage is asked for as written', 'AWSPENDING', { SecretId: 'app/db', VersionStage: 'AWSPENDING' }],
])('Secrets Manager: %s', async (_, version, input) => {
  server.intercept(({ target }) =>
    target === 'secretsmanager.GetSecretValue' ? success({ VersionId: 'v', SecretString: 'x' }) : undefined,
  );

  await read('secretsmanager', 'app/db', version);

  expect(server.requests.at(-1)?.input).toEqual(input);
});

test.each([
  ['no version asks for the newest', '', { Name: '/app/url', WithDecryption: true }],
  ['a version or label is appended to the name', 'stable', { Name: '/app/url:stable', WithDecryption: true }],
])('Parameter Store: %s', async (_, version, input) => {
  server.intercept(({ target }) =>
    target === 'AmazonSSM.GetParameter' ? success({ Parameter: { Value: 'x', Version: 1 } }) : undefined,
  );

  await read('ssm', '/app/url', version);

  expect(server.requests.at(-1)?.input).toEqual(input);
});

test('an empty text is a value [AWS23]', async () => {
  server.manager.put('app/empty', { text: '' });

  expect((await read('secretsmanager', 'app/empty', '')).text?.revealText()).toBe('');
});

test('an answer with neither text nor bytes is told as it is', async () => {
  server.manager.put('app/nothing', {});

  const found = await read('secretsmanager', 'app/nothing', '');

  expect(found.text).toBeUndefined();
  expect(found.binary).toBeUndefined();
});

test('a StringList comes joined by commas', async () => {
  server.parameters.put('/app/list', 'a,b,c');

  expect((await read('ssm', '/app/list', '')).text?.revealText()).toBe('a,b,c');
});
