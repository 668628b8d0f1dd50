import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBreaker } from '../../../../src/adapters/kubernetes/breaker.ts';
import { createClusterClient } from '../../../../src/adapters/kubernetes/cluster-client.ts';
import { createRequester, type Requester } from '../../../../src/adapters/kubernetes/request.ts';
import type { ClusterClient } from '../../../../src/app/ports/cluster-client.ts';
import { SecretValue } from '../../../../src/domain/secret-value.ts';
import { describeError } from '../../../../src/domain/sync-error.ts';
import type { TargetSecret } from '../../../../src/domain/target-secret.ts';
import {
  hangUp,
  json,
  type StubAnswer,
  type StubApiServer,
  silence,
  startStubApiServer,
  status,
} from '../../../support/stub-api-server.ts';

const VALUE = 'canary-4f6a1c';
const BASE64 = Buffer.from(VALUE).toString('base64');
const TOKEN = 'bearer-canary-9d21';

const secret: TargetSecret = {
  namespace: 'prod',
  name: 'db',
  uid: 'u',
  resourceVersion: '7',
  type: 'Opaque',
  immutable: false,
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  data: new Map([['password', SecretValue.fromText(VALUE)]]),
};
const quoting = {
  message: `cannot take ${VALUE} or ${BASE64}`,
  details: { causes: [{ field: `data ${VALUE}`, reason: BASE64, message: VALUE }] },
};

/** Answers that hold the value, in every way an API server or something before it may misbehave. */
const answers: readonly (readonly [string, StubAnswer])[] = [
  ...[400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 502, 503, 504].map(
    (code) => [`a ${code} that quotes it`, status(code, { reason: 'Invalid', ...quoting })] as const,
  ),
  ['a denying webhook that quotes it', status(400, { message: `admission webhook "w" denied the request: ${VALUE}` })],
  ['JSON cut off in the middle', (_, response) => response.writeHead(200).end(`{"data":{"password":"${BASE64}`)],
  ['text', (_, response) => response.writeHead(200).end(VALUE)],
  ['another shape', json(200, { metadata: VALUE, data: [BASE64] })],
  [
    'a shape wrong in its data',
    json(200, { metadata: { name: 'db', uid: 'u', resourceVersion: '1' }, data: { [VALUE]: 1 } }),
  ],
  ['a redirect', (_, response) => response.writeHead(302, { location: `/${VALUE}` }).end(VALUE)],
  ['a broken connection', hangUp],
  [
    'an answer that breaks off',
    (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write(`{"data":{"password":"${BASE64}`, () => response.destroy());
    },
  ],
  ['silence', silence],
  ['a broken header', (_, response) => response.socket?.end(`HTTP/1.1 200 OK\r\n${VALUE}\u0000: x\r\n\r\n`)],
];

const calls: readonly (readonly [string, (client: ClusterClient) => Promise<unknown>])[] = [
  ['reading', (client) => client.readSecret(secret)],
  ['creating', (client) => client.createSecret(secret, 'manager')],
  ['replacing', (client) => client.replaceSecret(secret, 'manager')],
  ['deleting', (client) => client.deleteSecret(secret, { uid: 'u' })],
  ['listing', (client) => client.listObjects('Secret', { limit: 1 })],
  ['finding', (client) => client.findSecrets('prod', 'a=b')],
  ['watching', (client) => watchToTheEnd(client)],
];

const watchToTheEnd = async (client: ClusterClient): Promise<unknown> => {
  const events: unknown[] = [];
  const watch = client.watchObjects('Secret', { resourceVersion: '1' }, new AbortController().signal);
  for await (const event of watch) events.push(event);
  return events;
};

let server: StubApiServer;
const requesters: Requester[] = [];

beforeAll(async () => {
  server = await startStubApiServer();
});
afterAll(async () => {
  await Promise.all(requesters.map((requester) => requester.close()));
  await server.stop();
});

const connect = (): ClusterClient => {
  const requester = createRequester({
    api: { server: server.url },
    proofs: { get: async () => ({ token: TOKEN }), renew: async () => ({ token: TOKEN }) },
    breaker: createBreaker({ now: () => 0 }),
    deadlineMilliseconds: 100,
  });
  requesters.push(requester);
  return createClusterClient({ requester, clock: { now: () => 0 }, silenceMilliseconds: 100 });
};

describe.each(calls)('%s a Secret', (_, call) => {
  test.each(answers)('shows no value and no token when the answer is %s', async (_, answer) => {
    server.answer(answer);

    const outcome = await call(connect()).catch((error: unknown) => error);

    const shown = [
      inspect(outcome, { depth: 10, showHidden: true }),
      JSON.stringify(outcome) ?? '',
      outcome instanceof Error ? `${outcome.message} ${outcome.stack} ${JSON.stringify(describeError(outcome))}` : '',
    ].join('\n');
    for (const hidden of [VALUE, BASE64, TOKEN]) expect(shown.includes(hidden)).toBe(false);
  });
});

test('a Secret that was read shows none of its values', async () => {
  server.answer(json(200, { metadata: { name: 'db', uid: 'u', resourceVersion: '1' }, data: { password: BASE64 } }));

  const read = await connect().readSecret(secret);

  expect(inspect(read, { depth: 10 })).toContain('[redacted]');
  expect(inspect(read, { depth: 10 })).not.toContain(VALUE);
});
