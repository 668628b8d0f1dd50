import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { reachServer } from '../../src/adapters/kubernetes/reach-server.ts';

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

const listen = async (server: Server): Promise<string> => {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
};

const certificate = () =>
  generate([{ name: 'commonName', value: 'api' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });

test('an API server whose authority is the registered one is reached', async () => {
  const { cert, private: key } = await certificate();

  const server = await listen(createTlsServer({ cert, key }));

  expect(await reachServer({ server, certificateAuthority: cert })).toEqual({});
});

test('one of another authority is not trusted', async () => {
  const { cert, private: key } = await certificate();
  const other = await certificate();

  const server = await listen(createTlsServer({ cert, key }));

  expect(await reachServer({ server, certificateAuthority: other.cert })).toEqual({
    stoppedAt: 'tls',
    code: expect.stringMatching(/SELF_SIGNED|UNABLE|CERT/),
  });
});

test('what does not speak TLS is told from what does not answer', async () => {
  const plain = await listen(
    createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n', () => socket.destroy())),
  );

  expect(await reachServer({ server: plain })).toMatchObject({ stoppedAt: 'tls' });
});

test('a port where nothing listens', async () => {
  const server = createServer();
  const url = await listen(server);
  open.pop();
  server.close();
  await once(server, 'close');

  expect(await reachServer({ server: url })).toEqual({ stoppedAt: 'network', code: 'ECONNREFUSED' });
});

test('a name that does not exist', async () => {
  expect(await reachServer({ server: 'https://none.invalid' })).toEqual({
    stoppedAt: 'network',
    code: expect.stringMatching(/^(?:ENOTFOUND|EAI_AGAIN)$/),
  });
});
