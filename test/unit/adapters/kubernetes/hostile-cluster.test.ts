import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createBreaker } from '../../../../src/adapters/kubernetes/breaker.ts';
import { createClusterClient } from '../../../../src/adapters/kubernetes/cluster-client.ts';
import { createRequester, type Requester } from '../../../../src/adapters/kubernetes/request.ts';
import type { ClusterClient } from '../../../../src/app/ports/cluster-client.ts';
import { SecretValue } from '../../../../src/domain/secret-value.ts';
import { targetSecret } from '../../../support/builders.ts';
import { json, type StubAnswer, type StubApiServer, startStubApiServer } from '../../../support/stub-api-server.ts';

const REF = { namespace: 'prod', name: 'db' };
const MEBIBYTE = 1024 * 1024;
const secret = targetSecret({ ...REF, data: new Map([['password', SecretValue.fromText('hunter2')]]) });

let cluster: StubApiServer;
let elsewhere: StubApiServer;
let requester: Requester;
let client: ClusterClient;

beforeEach(async () => {
  cluster = await startStubApiServer();
  elsewhere = await startStubApiServer();
  elsewhere.answer(json(200, { kind: 'Secret', metadata: { ...REF, uid: 'other', resourceVersion: '1' } }));
  requester = createRequester({
    api: { server: cluster.url },
    proofs: { get: async () => ({ token: 'bearer-of-the-hub' }), renew: async () => undefined },
    breaker: createBreaker({ now: () => 0 }),
  });
  client = createClusterClient({ requester, clock: { now: () => 0 } });
});
afterEach(async () => {
  await requester.close();
  await Promise.all([cluster.stop(), elsewhere.stop()]);
});

const watchToTheEnd = async (): Promise<void> => {
  const watch = client.watchObjects('Secret', { resourceVersion: '1' }, new AbortController().signal);
  for await (const _ of watch);
};

const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['read', () => client.readSecret(REF)],
  ['created', () => client.createSecret(secret, 'manager')],
  ['replaced', () => client.replaceSecret(secret, 'manager')],
  ['deleted', () => client.deleteSecret(REF, { uid: 'u' })],
  ['listed', () => client.listObjects('ExternalSecret', { limit: 1 })],
  ['watched', watchToTheEnd],
  ['asked for a token', () => client.requestToken(REF, ['sts.amazonaws.com'])],
  ['asked who it is', () => client.kubeSystemUid()],
];

describe('a cluster that sends its callers elsewhere', () => {
  describe.each([301, 302, 303, 307, 308])('with %s', (code) => {
    test.each(calls)('is not followed when it is %s', async (_, call) => {
      cluster.answer((request, response) =>
        response.writeHead(code, { location: elsewhere.url + request.url }).end('{}'),
      );

      await expect(call()).rejects.toThrow();

      expect(elsewhere.connections).toBe(0);
    });
  });
});

/** 80 MiB of nothing, as long as somebody takes them. */
const endless: StubAnswer = (_, response) => {
  const piece = Buffer.alloc(MEBIBYTE, ' ');
  const write = (left: number): void => {
    if (left === 0) response.end();
    else response.write(piece, (error) => (error ? undefined : write(left - 1)));
  };
  write(80);
};

describe('a cluster that answers without end', () => {
  test.each(calls.filter(([name]) => name !== 'watched'))('is cut off when it is %s', async (_, call) => {
    cluster.answer(endless);

    await expect(call()).rejects.toMatchObject({
      name: expect.stringMatching(/Cluster\w+Error/),
      message: expect.stringContaining('UND_ERR_RES_EXCEEDED_MAX_SIZE'),
    });
  });

  test('is cut off in the middle of an event', async () => {
    cluster.answer((request, response) => {
      response.writeHead(200);
      endless(request, response);
    });

    await expect(watchToTheEnd()).rejects.toThrow('a watch event is too large');
  });
});
