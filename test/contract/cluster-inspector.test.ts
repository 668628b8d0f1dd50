import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createBreaker } from '../../src/adapters/kubernetes/breaker.ts';
import { createClusterInspector } from '../../src/adapters/kubernetes/cluster-inspector.ts';
import { createRequester, type Requester } from '../../src/adapters/kubernetes/request.ts';
import type { ClusterInspector } from '../../src/app/ports/doctor.ts';
import { json, type StubApiServer, startStubApiServer, status } from '../support/stub-api-server.ts';

let server: StubApiServer;
let requester: Requester;
let inspector: ClusterInspector;
beforeAll(async () => {
  server = await startStubApiServer();
});
beforeEach(() => {
  requester = createRequester({
    api: { server: server.url },
    proofs: { get: async () => ({ token: 'CANARY-token' }), renew: async () => undefined },
    breaker: createBreaker({ now: Date.now }),
  });
  inspector = createClusterInspector(requester);
});
afterAll(async () => {
  await requester.close();
  await server.stop();
});

describe('who we are', () => {
  test('is what the API server says', async () => {
    server.answer(json(201, { status: { userInfo: { username: 'robot', groups: ['secretcast'], extra: {} } } }));

    expect(await inspector.whoAmI()).toEqual({ username: 'robot', groups: ['secretcast'] });
  });

  test('is told by nobody before Kubernetes 1.28', async () => {
    server.answer(status(404, { reason: 'NotFound' }));

    expect(await inspector.whoAmI()).toEqual({ username: '', groups: [] });
  });

  test('is nobody with a token that is not accepted, which is not quoted', async () => {
    server.answer(status(401, { message: 'CANARY-token' }));

    await expect(inspector.whoAmI()).rejects.toThrow(
      /^create selfsubjectreviews cluster-wide is forbidden: the credentials are not accepted$/,
    );
  });
});

test('what a group may is asked for the group', async () => {
  server.answer(json(201, { status: { allowed: true } }));

  expect(await inspector.mayGroup('secretcast', { group: '', resource: 'secrets', verb: 'get' })).toBe(true);
  expect(JSON.parse(server.requests.at(-1)?.body ?? '')).toMatchObject({
    kind: 'SubjectAccessReview',
    spec: { groups: ['secretcast'], resourceAttributes: { resource: 'secrets', verb: 'get' } },
  });
});

test('definitions are those of the External Secrets API', async () => {
  const versions = [{ name: 'v1', storage: true, served: true }];
  server.answer(
    json(200, {
      items: [
        {
          metadata: { name: 'externalsecrets.external-secrets.io' },
          spec: { group: 'external-secrets.io', versions },
          status: { storedVersions: ['v1alpha1', 'v1'] },
        },
        { metadata: { name: 'widgets.example.com' }, spec: { group: 'example.com', versions } },
      ],
    }),
  );

  expect(await inspector.definitions()).toEqual([
    {
      name: 'externalsecrets.external-secrets.io',
      versions: ['v1'],
      storageVersion: 'v1',
      storedVersions: ['v1alpha1', 'v1'],
    },
  ]);
});

test('webhooks are those asked about the External Secrets API; they fail closed unless they say otherwise', async () => {
  const hook = (apiGroup: string, more: object = {}) => ({
    clientConfig: { service: { namespace: 'es', name: 'webhook' } },
    rules: [{ apiGroups: [apiGroup] }],
    ...more,
  });
  server.answer(
    json(200, {
      items: [
        {
          metadata: { name: 'ours' },
          webhooks: [hook('external-secrets.io'), hook('external-secrets.io', { failurePolicy: 'Ignore' })],
        },
        { metadata: { name: 'others' }, webhooks: [hook('example.com')] },
        { metadata: { name: 'empty' } },
      ],
    }),
  );

  expect(await inspector.webhooks()).toEqual([
    { configuration: 'ours', failsClosed: true, namespace: 'es' },
    { configuration: 'ours', failsClosed: false, namespace: 'es' },
  ]);
});

test('operators are found by their label', async () => {
  const labels = { 'app.kubernetes.io/name': 'external-secrets' };
  server.answer(
    json(200, { items: [{ metadata: { namespace: 'es', name: 'eso', labels }, status: { readyReplicas: 2 } }] }),
  );

  expect(await inspector.operators()).toEqual([
    { namespace: 'es', name: 'eso', component: 'external-secrets', readyReplicas: 2 },
  ]);
  expect(server.requests.at(-1)?.url).toContain('labelSelector=app.kubernetes.io%2Fname+in+');
});
