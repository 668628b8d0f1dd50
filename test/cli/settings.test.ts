import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readSettings } from '../../cli/settings.ts';
import { type CliWorld, createCliWorld } from './cli-world.ts';

let world: CliWorld;
beforeEach(() => {
  world = createCliWorld();
});
afterEach(() => world.remove());

const local = {
  endpoint: 'http://127.0.0.1:4566',
  region: 'eu-west-1',
  table: 'local-table',
  credentials: { accessKeyId: '111122223333', secretAccessKey: 'CANARY-local-key' },
};

const writeLocal = (content: string): void => {
  mkdirSync(join(world.directory, '.local'), { recursive: true });
  world.writeFile('.local/env.json', content);
};

const read = (options: Parameters<typeof readSettings>[0] = {}, env: Record<string, string> = {}) => {
  const said: string[] = [];
  const settings = readSettings(options, { env, err: (text) => said.push(text), checkout: world.directory });
  return { settings, said: said.join('') };
};

test('AWS as the SDK finds it, stage dev, when nothing is said', () => {
  expect(read()).toEqual({ settings: { stage: 'dev', connectionSecretPrefix: 'secretcast/dev/clusters/' }, said: '' });
});

test('options come before the environment', () => {
  const env = { SECRETCAST_STAGE: 'x', SECRETCAST_TABLE: 'x', AWS_ENDPOINT_URL: 'x', AWS_REGION: 'x' };
  const options = { stage: 'prod', table: 't', endpointUrl: 'http://127.0.0.1:1', region: 'us-east-1' };

  expect(read(options, env).settings).toEqual({
    stage: 'prod',
    table: 't',
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    connectionSecretPrefix: 'secretcast/prod/clusters/',
  });
});

test('the environment counts where no option is given', () => {
  const env = { SECRETCAST_STAGE: 'x', SECRETCAST_TABLE: 't', AWS_ENDPOINT_URL: '', AWS_DEFAULT_REGION: 'us-east-1' };

  expect(read({}, env).settings).toMatchObject({ stage: 'x', table: 't', region: 'us-east-1' });
});

test('a running local stack is used, and named', () => {
  writeLocal(JSON.stringify({ ...local, other: true }));

  const { settings, said } = read({}, { AWS_REGION: 'us-east-1' });

  expect(settings).toEqual({ ...local, stage: 'dev', connectionSecretPrefix: 'secretcast/dev/clusters/' });
  expect(said).toContain('http://127.0.0.1:4566');
  expect(said).not.toContain('CANARY');
});

test('a running local stack is used by a shell that has its endpoint, as it says to export, and no other', () => {
  writeLocal(JSON.stringify(local));

  expect(read({}, { AWS_ENDPOINT_URL: local.endpoint }).settings).toMatchObject(local);
  expect(read({}, { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }).settings).not.toHaveProperty('credentials');
});

test.each([[{ stage: 'prod' }], [{ region: 'us-east-1' }], [{ table: 't' }], [{ endpointUrl: 'http://127.0.0.1:1' }]])(
  'a running local stack is left alone with %j',
  (options) => {
    writeLocal(JSON.stringify(local));

    expect(read(options).said).toBe('');
    expect(read(options).settings).not.toHaveProperty('credentials');
  },
);

test.each([['{'], ['{"endpoint":"CANARY"}']])(
  'a damaged file of a local stack is an error that quotes nothing: %s',
  (text) => {
    writeLocal(text);

    expect(() => read()).toThrow(/does not describe a local stack/);
    expect(() => read()).not.toThrow(/CANARY/);
  },
);
