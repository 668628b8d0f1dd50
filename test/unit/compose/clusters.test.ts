import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { composeClusterClients } from '../../../src/compose/clusters.ts';
import { composeRuntime } from '../../../src/compose/runtime.ts';
import { loadConfig } from '../../../src/config.ts';
import type { Cluster } from '../../../src/domain/cluster.ts';
import { startAwsServer } from '../../support/aws-server.ts';
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

const clientsOf = ({ sts, connection = {} }: { readonly sts: string; readonly connection?: { roleArn?: string } }) => {
  const config = loadConfig({
    TABLE_NAME: 'secretcast-test',
    RECONCILE_QUEUE_URL: 'http://127.0.0.1:1/queue',
    PUSH_QUEUE_URL: 'http://127.0.0.1:1/push',
    AWS_REGION: 'eu-west-1',
    AWS_STS_ENDPOINT: sts,
  });
  const eks = { type: 'eks', eksName: 'blue', region: 'eu-central-1', certificateAuthority: '' } as const;
  const cluster: Cluster = {
    name: 'blue',
    connection: { ...eks, server: server.url, ...connection },
    labels: {},
    mode: 'active',
    controllerClass: 'default',
    namespaces: [],
    identity: { allowRoles: [], sessionTags: true },
    kubeSystemUid: 'u',
  };
  const runtime = composeRuntime(config, 'reconcile');
  return composeClusterClients(config, { ...runtime, registry: { ...runtime.registry, get: async () => cluster } });
};

/** What the API server got as a token. */
const signedUrl = (): URL => {
  const token = server.requests[0]?.headers.authorization?.replace('Bearer k8s-aws-v1.', '') ?? '';
  return new URL(Buffer.from(token, 'base64url').toString());
};

test('a role of a registration signs with a session of its own, which the STS that the deployment names gives', async () => {
  await using aws = await startAwsServer();
  const roleArn = 'arn:aws:iam::444455556666:role/secretcast';
  const clients = clientsOf({ sts: aws.url, connection: { roleArn } });

  await (await clients('blue')).kubeSystemUid();

  const [assumed] = aws.requests;
  expect(assumed).toMatchObject({ target: 'STS.AssumeRole', signer: 'AKIDEXAMPLE', input: { RoleArn: roleArn } });
  const url = signedUrl();
  expect(url.host).toBe('sts.eu-central-1.amazonaws.com');
  expect(aws.sts.identityOf(url.searchParams.get('X-Amz-Credential')?.split('/')[0] ?? '')).toBe(roleArn);
  expect(url.searchParams.get('X-Amz-Security-Token')).toBe('session-token');
});

test('tokens for EKS are signed for the Region’s own STS, whatever AWS_STS_ENDPOINT says', async () => {
  const clients = clientsOf({ sts: 'https://vpce-1.sts.eu-west-1.vpce.amazonaws.com' });

  await (await clients('blue')).kubeSystemUid();

  expect(signedUrl().host).toBe('sts.eu-central-1.amazonaws.com');
});
