import { expect, test } from '@jest/globals';
import { defaultNodeBinDirectory, emulatorEnvironment } from '../../../local/aws/emulator-environment.ts';

const settings = {
  directory: '/run/aws',
  port: 4600,
  accountId: '111122223333',
  region: 'eu-west-1',
  auth: true,
  nodeBinDirectory: '/opt/node24/bin',
  labelEventOnCreate: false,
};

test('the emulator listens on the loopback address only and finds Node 24 first', () => {
  expect(emulatorEnvironment(settings)).toMatchObject({
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: '4600',
    AUTH: 'true',
    PATH: expect.stringMatching(/^\/opt\/node24\/bin:/),
  });
});

test('all it writes is in the folder of the run', () => {
  const { HOME, TMPDIR, STATE_DIR, S3_DATA_DIR } = emulatorEnvironment(settings);

  for (const folder of [HOME, TMPDIR, STATE_DIR, S3_DATA_DIR]) expect(folder).toMatch(/^\/run\/aws\//);
});

test('nothing of our own environment is in it', () => {
  process.env['AWS_PROFILE'] = 'production';

  expect(emulatorEnvironment(settings)).not.toHaveProperty('AWS_PROFILE');
  delete process.env['AWS_PROFILE'];
});

test('the label event of CreateSecret is sent on request', () => {
  expect(emulatorEnvironment(settings)).not.toHaveProperty('SECRETCAST_LABEL_EVENT_ON_CREATE');
  expect(emulatorEnvironment({ ...settings, labelEventOnCreate: true })).toHaveProperty(
    'SECRETCAST_LABEL_EVENT_ON_CREATE',
    '1',
  );
});

test('functions run on the Node of this process, unless it is older than the Lambda runtime', () => {
  expect(defaultNodeBinDirectory('/opt/node24/bin/node', 'v24.1.0')).toBe('/opt/node24/bin');
  expect(() => defaultNodeBinDirectory('/usr/bin/node', 'v20.20.2')).toThrow('this is Node v20.20.2');
});
