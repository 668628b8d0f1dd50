import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect as connectSocket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { createBreaker } from '../../../../src/adapters/kubernetes/breaker.ts';
import { createClusterClient } from '../../../../src/adapters/kubernetes/cluster-client.ts';
import { createClusterClients } from '../../../../src/adapters/kubernetes/connect.ts';
import type { ClientCertificate } from '../../../../src/adapters/kubernetes/pools.ts';
import { createRequester, type Requester } from '../../../../src/adapters/kubernetes/request.ts';
import { SecretValue } from '../../../../src/domain/secret-value.ts';
import { cluster } from '../../../contract/tables/samples.ts';

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

interface Way {
  readonly clientCertificate?: ClientCertificate;
  readonly proxy?: string;
}

const connect = (certificateAuthority: string, { clientCertificate, proxy }: Way = {}) => {
  const proof = clientCertificate === undefined ? {} : { clientCertificate };
  const requester = createRequester({
    api: { server: url, certificateAuthority, ...(proxy === undefined ? {} : { proxy }) },
    proofs: { get: async () => proof, renew: async () => undefined },
    breaker: createBreaker({ now: Date.now }),
  });
  requesters.push(requester);
  return createClusterClient({ requester, clock: { now: Date.now } });
};

test('a client certificate is shown to the server', async () => {
  const client = connect(own.certificate, { clientCertificate: await certificateFor('hub') });

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

test('an EKS cluster whose authority was rotated is believed again once EKS tells the new one', async () => {
  const old = await certificateFor('old');
  const connection = {
    type: 'eks',
    eksName: 'one',
    region: 'eu-central-1',
    server: url,
    certificateAuthority: old.certificate,
  } as const;
  const clients = createClusterClients({
    registry: { get: async () => cluster({ name: 'one', connection, kubeSystemUid: 'u' }) },
    readConnectionSecret: async () => SecretValue.fromText(''),
    eksTokenFor: () => ({ get: async () => 'k8s-aws-v1.signed', forget: () => undefined }),
    describeEks: async () => ({ server: url, certificateAuthority: own.certificate }),
    clock: { now: Date.now },
  });

  expect(await (await clients('one')).kubeSystemUid()).toBe('u');
});

describe('through a proxy', () => {
  let proxy: HttpServer;
  let asked: string[];
  let refuses: boolean;
  let proxyUrl: string;

  beforeEach(async () => {
    asked = [];
    refuses = false;
    proxy = createHttpServer();
    proxy.on('connect', ({ url: authority = '' }, socket, head) => {
      asked.push(authority);
      if (refuses) {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const [host = '', port] = authority.split(':');
      const through = connectSocket(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        through.write(head);
        through.pipe(socket).pipe(through);
      });
      for (const side of [socket, through]) side.on('error', () => through.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    proxyUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  afterEach(() => {
    proxy.close();
    proxy.closeAllConnections();
  });

  test('the API server is reached by a tunnel, with its own authority and our own certificate', async () => {
    const client = connect(own.certificate, { clientCertificate: await certificateFor('hub'), proxy: proxyUrl });

    expect(await client.kubeSystemUid()).toBe('u');
    expect(asked).toEqual([new URL(url).host]);
    expect(seen).toEqual(['hub']);
  });

  test('a server that the registered authority did not sign is not spoken to', async () => {
    const other = await certificateFor('other');

    await expect(connect(other.certificate, { proxy: proxyUrl }).kubeSystemUid()).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
    });
  });

  test('one that refuses is a cluster that cannot be reached', async () => {
    refuses = true;

    await expect(connect(own.certificate, { proxy: proxyUrl }).kubeSystemUid()).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: expect.stringMatching(/^get namespaces kube-system: no answer \([A-Z_]+\)$/),
    });
  });

  test('one that is not there is a cluster that cannot be reached', async () => {
    const client = connect(own.certificate, { proxy: 'http://127.0.0.1:1' });

    await expect(client.kubeSystemUid()).rejects.toThrow(/no answer \(ECONNREFUSED\)$/);
  });
});
