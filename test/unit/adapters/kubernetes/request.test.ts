import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createBreaker } from '../../../../src/adapters/kubernetes/breaker.ts';
import { createClusterClient } from '../../../../src/adapters/kubernetes/cluster-client.ts';
import { createRequester, type Proof, type Requester } from '../../../../src/adapters/kubernetes/request.ts';
import type { ClusterClient } from '../../../../src/app/ports/cluster-client.ts';
import type { MadeObject } from '../../../../src/domain/made-object.ts';
import {
  hangUp,
  json,
  type StubApiServer,
  silence,
  startStubApiServer,
  status,
} from '../../../support/stub-api-server.ts';

const REF = { namespace: 'prod', name: 'db' };
const SECRET = {
  kind: 'Secret',
  metadata: { ...REF, uid: 'u', resourceVersion: '7' },
  type: 'Opaque',
  data: { a: 'Yg==' },
};
const now = () => 0;

let server: StubApiServer;
let requester: Requester;
let client: ClusterClient;
let proofs: Proof[];

const connect = (url: string, deadlineMilliseconds = 2_000) => {
  requester = createRequester({
    api: { server: url },
    proofs: { get: async () => proofs[0] ?? {}, renew: async () => proofs[1] },
    breaker: createBreaker({ now, threshold: 2 }),
    deadlineMilliseconds,
  });
  client = createClusterClient({ requester, clock: { now } });
};

beforeEach(async () => {
  server = await startStubApiServer();
  proofs = [{ token: 'first' }];
  connect(server.url);
});
afterEach(async () => {
  await requester.close();
  await server.stop();
});

describe('a request', () => {
  test('carries the token and asks for JSON', async () => {
    server.answer(json(200, SECRET));

    await client.readSecret(REF);

    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/namespaces/prod/secrets/db',
      headers: { authorization: 'Bearer first', accept: 'application/json', 'user-agent': 'secretcast' },
    });
  });

  test('keeps connections for the next ones', async () => {
    server.answer(json(200, SECRET));

    for (let i = 0; i < 9; i++) await client.readSecret(REF);

    expect(server.connections).toBeLessThanOrEqual(2);
  });

  test('keeps the path of a server behind a proxy', async () => {
    await requester.close();
    connect(`${server.url}/k8s/clusters/c-1/`);
    server.answer(json(200, SECRET));

    await client.readSecret(REF);

    expect(server.requests[0]?.url).toBe('/k8s/clusters/c-1/api/v1/namespaces/prod/secrets/db');
  });

  test.each(['', '.', '..'])('for a Secret named "%s" is never sent: its path would be another', async (name) => {
    await expect(client.deleteSecret({ namespace: 'prod', name }, { uid: 'u' })).rejects.toThrow(
      'not a name of secrets',
    );
    await expect(client.readSecret({ namespace: name, name: 'db' })).rejects.toThrow('not a namespace');

    expect(server.requests).toHaveLength(0);
  });

  test('escapes what a name holds', async () => {
    server.answer(json(200, SECRET));

    await client.readSecret({ namespace: 'prod', name: 'a/b?c' });

    expect(server.requests[0]?.url).toBe('/api/v1/namespaces/prod/secrets/a%2Fb%3Fc');
  });

  test('is repeated on a new connection when the kept one broke', async () => {
    server.answer(json(200, SECRET), hangUp, json(200, SECRET));
    await client.readSecret(REF);

    const secret = await client.readSecret(REF);

    expect(secret?.resourceVersion).toBe('7');
    expect(server.requests).toHaveLength(3);
  });

  test('is repeated once with a renewed token after a 401', async () => {
    proofs = [{ token: 'old' }, { token: 'new' }];
    server.answer(status(401), json(200, SECRET));

    await client.readSecret(REF);

    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('fails after a 401 to the renewed token', async () => {
    proofs = [{ token: 'old' }, { token: 'new' }];
    server.answer(status(401));

    await expect(client.readSecret(REF)).rejects.toMatchObject({
      name: 'ClusterForbiddenError',
      message: 'get secrets in namespace prod is forbidden: the credentials are not accepted',
    });
    expect(server.requests).toHaveLength(2);
  });

  test('that gets no answer fails at its deadline', async () => {
    await requester.close();
    connect(server.url, 100);
    server.answer(silence);

    await expect(client.readSecret(REF)).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: 'get secrets prod/db: no answer in time',
    });
  });

  test('ends when its caller gives up, which says nothing of the server', async () => {
    server.answer(silence);

    for (let i = 0; i < 4; i++) {
      const giveUp = AbortSignal.timeout(20);
      await expect(client.readSecret(REF, giveUp)).rejects.toThrow('get secrets prod/db: cancelled');
    }
    server.answer(json(200, SECRET));

    expect(await client.readSecret(REF)).toBeDefined();
  });

  test('to a server that is not there names the failure by its code', async () => {
    await server.stop();

    await expect(client.readSecret(REF)).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: 'get secrets prod/db: no answer (ECONNREFUSED)',
    });
    server = await startStubApiServer();
  });

  test('is not sent while the breaker is open', async () => {
    server.answer(status(503));
    await client.readSecret(REF).catch(() => undefined);
    await client.readSecret(REF).catch(() => undefined);

    await expect(client.readSecret(REF)).rejects.toThrow('is not asked again yet');
    expect(server.requests).toHaveLength(2);
  });

  test('answered with 429 or 500 does not open the breaker: the server lives', async () => {
    server.answer(status(429), status(500), status(500), json(200, SECRET));
    for (let i = 0; i < 3; i++)
      await expect(client.readSecret(REF)).rejects.toMatchObject({ name: 'ClusterUnreachableError' });

    expect(await client.readSecret(REF)).toBeDefined();
  });

  test('of which there are many uses a bounded number of connections', async () => {
    server.answer((_, response) => {
      setTimeout(() => response.end(JSON.stringify(SECRET)), 5);
    });

    await Promise.all(Array.from({ length: 60 }, () => client.readSecret(REF)));

    expect(server.connections).toBeLessThanOrEqual(16);
  });
});

describe('absence', () => {
  test('is what the API server says by name', async () => {
    server.answer(status(404, { reason: 'NotFound', details: { name: 'db', kind: 'secrets' } }));

    expect(await client.readSecret(REF)).toBeUndefined();
  });

  test.each([
    [
      'a page of a proxy',
      (_: unknown, response: { writeHead(code: number): { end(text: string): void } }) => {
        response.writeHead(404).end('404 page not found');
      },
    ],
    ['a kind that is not served', status(404, { reason: 'NotFound', details: {} })],
    ['another name', status(404, { reason: 'NotFound', details: { name: 'other' } })],
  ] as const)('is not proven by %s', async (_, answer) => {
    server.answer(answer);

    await expect(client.readObject({ kind: 'ExternalSecret', namespace: 'prod', name: 'db' })).rejects.toMatchObject({
      name: 'ClusterRejectedError',
      message: 'get externalsecrets prod/db: the cluster does not serve externalsecrets of external-secrets.io/v1',
    });
  });
});

describe('a refusal', () => {
  const refused = async (answer: ReturnType<typeof status>): Promise<unknown> => {
    server.answer(answer);
    return client
      .replaceStatus({ kind: 'SecretStore', ...REF, resourceVersion: '1' }, { conditions: [] })
      .catch((error: unknown) => error);
  };

  test.each([
    [
      'the fields that are wrong',
      status(422, {
        reason: 'Invalid',
        message: 'Secret "db" is invalid: data: Forbidden: field is immutable',
        details: { causes: [{ field: 'data[tls.key]', reason: 'FieldValueInvalid', message: 'Invalid value: "v"' }] },
      }),
      'ClusterRejectedError',
      'update secretstores/status prod/db was refused (422): data[tls.key] (FieldValueInvalid)',
    ],
    [
      'no key that is itself what is wrong, since a template may have made it of a value',
      status(422, {
        reason: 'Invalid',
        message: 'Secret "db" is invalid',
        details: {
          causes: ['data[hunter/2]', `data[${'k'.repeat(254)}]`, 'data'].map((field) => ({
            field,
            reason: 'FieldValueInvalid',
          })),
        },
      }),
      'ClusterRejectedError',
      'update secretstores/status prod/db was refused (422): data (FieldValueInvalid)',
    ],
    [
      'the webhook that denied it',
      status(400, {
        reason: 'Invalid',
        message: 'admission webhook "guard.example.com" denied the request: found hunter2',
        details: { causes: [{ field: 'hunter2', reason: 'hunter' }] },
      }),
      'ClusterRejectedError',
      'update secretstores/status prod/db was refused (400): denied by admission webhook guard.example.com',
    ],
    [
      'the policy that denied it',
      status(422, {
        reason: 'Invalid',
        message:
          "secrets \"db\" is forbidden: ValidatingAdmissionPolicy 'no-plain' with binding 'all' denied request: x",
      }),
      'ClusterRejectedError',
      'update secretstores/status prod/db was refused (422): denied by policy no-plain',
    ],
    [
      'the quota that is used up',
      status(403, {
        reason: 'Forbidden',
        message: 'secrets "db" is forbidden: exceeded quota: few, requested: secrets=1',
      }),
      'ClusterForbiddenError',
      'update secretstores/status in namespace prod is forbidden: exceeded quota few',
    ],
    [
      'verb, resource and namespace when access is missing',
      status(403, { reason: 'Forbidden', message: 'User "x" cannot update' }),
      'ClusterForbiddenError',
      'update secretstores/status in namespace prod is forbidden',
    ],
    [
      'no more than its code otherwise',
      status(413),
      'ClusterRejectedError',
      'update secretstores/status prod/db was refused (413)',
    ],
    [
      'a conflict',
      status(409, { reason: 'Conflict' }),
      'WriteConflictError',
      'update secretstores/status prod/db: Conflict',
    ],
  ])('names %s', async (_, answer, ...[name, message]) => {
    expect(await refused(answer)).toMatchObject({ name, message });
  });
});

describe('a refused ExternalSecret, which holds no value,', () => {
  const object: MadeObject = {
    ref: { kind: 'ExternalSecret', ...REF },
    uid: 'u',
    resourceVersion: '1',
    labels: {},
    annotations: {},
    finalizers: [],
    ownerReferences: [],
    spec: {},
  };

  test.each([
    [
      'what the schema says',
      status(422, { reason: 'Invalid', message: 'db is invalid: spec:\n  duplicate secretKey found: a' }),
      'update externalsecrets prod/db was refused (422): db is invalid: spec: duplicate secretKey found: a',
    ],
    [
      'what a webhook says',
      status(403, { reason: 'Forbidden', message: 'admission webhook "w" denied the request: no store of that name' }),
      'update externalsecrets in namespace prod is forbidden: admission webhook "w" denied the request: no store of that name',
    ],
    [
      'no more of it than a status should hold',
      status(400, { message: 'x'.repeat(1_000) }),
      `update externalsecrets prod/db was refused (400): ${'x'.repeat(500)}`,
    ],
    ['no more than its code where nothing is said', status(413), 'update externalsecrets prod/db was refused (413)'],
  ])('is told of with %s', async (_, answer, message) => {
    server.answer(answer);

    await expect(client.replaceObject(object, 'external-secrets')).rejects.toMatchObject({ message });
  });
});
