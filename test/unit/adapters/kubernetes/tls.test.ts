import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { createBreaker } from '../../../../src/adapters/kubernetes/breaker.ts';
import { createClusterClient } from '../../../../src/adapters/kubernetes/cluster-client.ts';
import type { ClientCertificate } from '../../../../src/adapters/kubernetes/pools.ts';
import { createRequester, type Requester } from '../../../../src/adapters/kubernetes/request.ts';

const certificateFor = async (name: string): Promise<ClientCertificate> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { certificate: cert, key };
};

let server: Server;
let url: string;
let own: ClientCertificate;
let seen: string[];
const requesters: Requester[] = [];

beforeEach(async () => {
  seen = [];
  own = await certificateFor('server');
  server = createServer({ cert: own.certificate, key: own.key, requestCert: true, rejectUnauthorized: false });
  server.on('secureConnection', (socket: TLSSocket) => {
    seen.push(String(socket.getPeerCertificate().subject?.CN));
  });
  server.on('request', (_, response) => {
    response.end(JSON.stringify({ metadata: { name: 'kube-system', uid: 'u', resourceVersion: '1' } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterEach(async () => {
  await Promise.all(requesters.map((requester) => requester.close()));
  server.close();
  server.closeAllConnections();
});

const connect = (certificateAuthority: string, clientCertificate?: ClientCertificate) => {
  const proof = clientCertificate === undefined ? {} : { clientCertificate };
  const requester = createRequester({
    api: { server: url, certificateAuthority },
    proofs: { get: async () => proof, renew: async () => undefined },
    breaker: createBreaker({ now: Date.now }),
  });
  requesters.push(requester);
  return createClusterClient({ requester, clock: { now: Date.now } });
};

test('a client certificate is shown to the server', async () => {
  const client = connect(own.certificate, await certificateFor('hub'));

  expect(await client.kubeSystemUid()).toBe('u');
  expect(seen).toEqual(['hub']);
});

test('a server that the registered authority did not sign is not spoken to', async () => {
  const other = await certificateFor('other');

  await expect(connect(other.certificate).kubeSystemUid()).rejects.toMatchObject({
    name: 'ClusterUnreachableError',
    message: expect.stringMatching(/^get namespaces kube-system: no answer \([A-Z_]+\)$/),
  });
});
