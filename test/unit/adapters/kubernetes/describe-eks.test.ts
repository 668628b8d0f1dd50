import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { describeEks } from '../../../../src/adapters/kubernetes/describe-eks.ts';
import { hangUp, json, type StubApiServer, silence, startStubApiServer } from '../../../support/stub-api-server.ts';

const TIME = Date.UTC(2026, 6, 1, 12, 0, 0);
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const PEM = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n';
const answer = (cluster: object) => json(200, { cluster });

let server: StubApiServer;
beforeEach(async () => {
  server = await startStubApiServer();
});
afterEach(() => server.stop());

const ask = (change: Partial<Parameters<typeof describeEks>[0]> = {}) =>
  describeEks({
    credentials: CREDENTIALS,
    region: 'eu-central-1',
    clusterName: 'prod-1',
    clock: { now: () => TIME },
    endpoint: server.url,
    deadlineMilliseconds: 300,
    ...change,
  });

describe('asking EKS for a cluster', () => {
  test('gives its endpoint, and its certificate authority as PEM', async () => {
    const data = Buffer.from(PEM).toString('base64');
    server.answer(answer({ name: 'prod-1', endpoint: 'https://x.eks.amazonaws.com', certificateAuthority: { data } }));

    expect(await ask()).toEqual({ server: 'https://x.eks.amazonaws.com', certificateAuthority: PEM });
  });

  test('is one signed request of the cluster’s Region, session token included', async () => {
    server.answer(json(404, {}));
    await ask().catch(() => undefined);

    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/clusters/prod-1' });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260701\/eu-central-1\/eks\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/,
      ),
      'x-amz-date': '20260701T120000Z',
      'x-amz-security-token': 'session',
    });
  });

  test.each([
    [
      'is denied',
      json(403, { __type: 'AccessDeniedException', message: 'canary' }),
      'was refused (403 AccessDeniedException)',
    ],
    ['finds none', json(404, { __type: 'x#ResourceNotFoundException' }), 'was refused (404 ResourceNotFoundException)'],
    ['is answered by who is not EKS', json(500, { __type: 'canary canary' }), 'was refused (500)'],
    [
      'finds one that is being made',
      answer({ name: 'prod-1' }),
      'names no API server: it may be new, or on its way out',
    ],
    ['is hung up on', hangUp, 'failed (UND_ERR_SOCKET)'],
    ['is not answered', silence, 'failed (no answer in time)'],
  ])('that %s fails as an unreachable cluster, without quoting the answer', async (_, given, why) => {
    server.answer(given);

    await expect(ask()).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: `DescribeCluster of EKS cluster prod-1 in eu-central-1 ${why}`,
    });
  });

  test('without credentials fails the same way', async () => {
    const credentials = async () => {
      throw new Error('quotes canary');
    };

    await expect(ask({ credentials })).rejects.toThrow(
      'DescribeCluster of EKS cluster prod-1 in eu-central-1 failed (Error)',
    );
  });
});
