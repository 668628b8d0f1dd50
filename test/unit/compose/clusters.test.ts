import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { composeClusterClients } from '../../../src/compose/clusters.ts';
import { composeRuntime } from '../../../src/compose/runtime.ts';
import { loadConfig } from '../../../src/config.ts';
import { json, type StubApiServer, startStubApiServer } from '../../support/stub-api-server.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const before = { ...process.env };

let server: StubApiServer;
beforeEach(async () => {
  Object.assign(process.env, KEYS);
  server = await startStubApiServer();
  server.answer(json(200, { metadata: { name: 'kube-system', uid: 'u', resourceVersion: '1' } }));
});
afterEach(async () => {
  process.env = before;
  await server.stop();
});

test('tokens for EKS are signed for the Region’s own STS, whatever AWS_STS_ENDPOINT says', async () => {
  const config = loadConfig({
    TABLE_NAME: 'secretcast-test',
    RECONCILE_QUEUE_URL: 'http://127.0.0.1:1/queue',
    AWS_REGION: 'eu-west-1',
    AWS_STS_ENDPOINT: 'https://vpce-1.sts.eu-west-1.vpce.amazonaws.com',
  });
  const { url } = server;
  const cluster = {
    name: 'blue',
    connection: { type: 'eks', eksName: 'blue', region: 'eu-central-1', server: url, certificateAuthority: '' },
    labels: {},
    mode: 'active',
    controllerClass: 'default',
    namespaces: [],
    identity: { allowRoles: [], sessionTags: true },
    kubeSystemUid: 'u',
  } as const;
  const runtime = composeRuntime(config, 'reconcile');
  const clients = composeClusterClients(config, {
    ...runtime,
    registry: { ...runtime.registry, get: async () => cluster },
  });

  await (await clients('blue')).kubeSystemUid();

  const token = server.requests[0]?.headers.authorization?.replace('Bearer k8s-aws-v1.', '') ?? '';
  expect(new URL(Buffer.from(token, 'base64url').toString()).host).toBe('sts.eu-central-1.amazonaws.com');
});
