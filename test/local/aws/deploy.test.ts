import { describe, expect, test } from '@jest/globals';
import type { DeployOptions } from '../../../local/aws/deploy.ts';
import { findIgnoredSettings } from '../../../local/aws/ignored-settings.ts';
import { stackName } from '../../../local/aws/read-stack.ts';
import { oslsArguments, oslsEnvironment } from '../../../local/aws/run-osls.ts';
import type { LocalAws } from '../../../local/aws/start-local-aws.ts';

const none = async () => undefined;
const aws: LocalAws = {
  endpoint: 'http://127.0.0.1:4600',
  accountId: '111122223333',
  region: 'eu-west-1',
  auth: false,
  credentials: { accessKeyId: '111122223333', secretAccessKey: 'local' },
  rootOf: (accessKeyId) => ({ accessKeyId, secretAccessKey: 'local' }),
  directory: '/run/aws',
  nodeBinDirectory: '/opt/node24/bin',
  logFile: '/run/aws/ministack.log',
  reset: none,
  stop: none,
  faults: none,
  events: async () => ({ delivered: 0, dropped: 0, duplicated: 0, held: 0 }),
  calls: async () => ({ actions: {}, secretReads: {} }),
  clearCalls: none,
};
const options: DeployOptions = { aws, serviceDirectory: '/service', stage: 'dev', log: () => undefined };

describe('osls', () => {
  test('is given stage, Region and parameters', () => {
    expect(oslsArguments({ ...options, parameters: { queue: 'a=b' } })).toEqual([
      '--stage',
      'dev',
      '--region',
      'eu-west-1',
      '--param',
      'queue=a=b',
    ]);
  });

  test('speaks to the emulator as the root of the account', () => {
    expect(oslsEnvironment({ ...options, accountId: '444455556666' })).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4600',
      AWS_ACCESS_KEY_ID: '444455556666',
      HOME: '/run/aws/home',
    });
  });

  test('sees of the environment what is named', () => {
    expect(oslsEnvironment({ ...options, environment: { COLOR: 'red' } })).toHaveProperty('COLOR', 'red');
    expect(oslsEnvironment(options)).not.toHaveProperty('npm_config_user_agent');
  });
});

describe('a service file', () => {
  test('names the stack with the stage', () => {
    expect(stackName('service: secretcast\nresources: { A: !Ref B }', 'dev')).toBe('secretcast-dev');
  });

  test('without a service is refused', () => {
    expect(() => stackName('provider: {}', 'dev')).toThrow('names no service');
  });
});

test('what the emulator ignores is found in the template', () => {
  const Resources = {
    Table: { Properties: { TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true } } },
    Off: { Properties: { TimeToLiveSpecification: { AttributeName: 'expires', Enabled: false } } },
    Watch: { Properties: { ReservedConcurrentExecutions: 0 } },
    Plain: {},
  };

  expect(findIgnoredSettings({ Resources })).toEqual({
    timeToLive: [{ logicalId: 'Table', attribute: 'expires' }],
    concurrency: [{ logicalId: 'Watch', reserved: 0 }],
  });
  expect(findIgnoredSettings({})).toEqual({ timeToLive: [], concurrency: [] });
});
