import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { type CliWorld, createCliWorld, kubeconfig } from './cli-world.ts';

const CANARY = 'CANARY-7f3a';
let pems: { readonly cert: string; readonly private: string };
beforeAll(async () => {
  pems = await generate([{ name: 'commonName', value: 'robot' }], { keySize: 2048 });
});

let world: CliWorld;
beforeEach(() => {
  world = createCliWorld();
});
afterEach(() => world.remove());

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const add = (content: string, ...words: readonly string[]) =>
  world.run('cluster', 'add', 'lab', '--kubeconfig', world.writeFile('config', content), ...words);

test('a client certificate and its key are kept as PEM, from members or from files', async () => {
  world.writeFile('cert.pem', pems.cert);
  world.writeFile('key.pem', pems.private);
  const stored = { clientCertificateData: pems.cert, clientKeyData: pems.private };

  for (const user of [
    { 'client-certificate-data': base64(pems.cert), 'client-key-data': base64(pems.private) },
    { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' },
  ]) {
    const { code, err } = await add(kubeconfig(user));

    expect(code).toBe(0);
    expect(err).toContain('the client certificate expires at');
    const kept = world.connectionSecrets.kept.get('secretcast/dev/clusters/lab');
    expect(JSON.parse(kept?.revealText() ?? '')).toEqual(stored);
  }
});

test('the user of a client certificate is named where access is missing', async () => {
  world.cluster.forbid('list', 'secrets');
  const user = { 'client-certificate-data': base64(pems.cert), 'client-key-data': base64(pems.private) };

  expect((await add(kubeconfig(user))).err).toContain("secretcast rbac --user 'robot'");
});

test('the certificate authority is kept with the registration', async () => {
  await add(
    kubeconfig({ token: 't' }, { server: 'https://a.example.com', 'certificate-authority-data': base64('PEM') }),
  );

  expect(await world.tables.clusters.get('lab')).toMatchObject({ connection: { certificateAuthority: 'PEM' } });
});

test('its proxy is kept with the registration, unless another is typed', async () => {
  const content = kubeconfig({ token: 't' }, { server: 'https://a.example.com', 'proxy-url': 'http://p:3128' });

  await add(content);
  expect(await world.tables.clusters.get('lab')).toMatchObject({ connection: { proxy: 'http://p:3128' } });
  expect((await world.run('cluster', 'show', 'lab')).out).toMatch(/through proxy: +http:\/\/p:3128/);

  await add(content, '--proxy', 'https://q');
  expect(await world.tables.clusters.get('lab')).toMatchObject({ connection: { proxy: 'https://q' } });
});

test('$KUBECONFIG names the file when no option does', async () => {
  world.env['KUBECONFIG'] = world.writeFile('other', kubeconfig({ token: 't' }));

  expect(await world.run('cluster', 'add', 'lab', '--context', 'lab')).toMatchObject({ code: 0 });
});

describe('refused, with what to do instead:', () => {
  const https = { server: 'https://a.example.com' };

  test.each([
    {
      what: 'an exec plugin',
      content: kubeconfig({ exec: { command: CANARY, args: [CANARY] } }),
      says: /exec plugin.*\n.*--eks/,
    },
    { what: 'an auth provider', content: kubeconfig({ 'auth-provider': { name: CANARY } }), says: /auth provider/ },
    { what: 'impersonation', content: kubeconfig({ as: 'admin', token: CANARY }), says: /impersonates/ },
    { what: 'a password', content: kubeconfig({ username: 'a', password: CANARY }), says: /neither a token/ },
    { what: 'no TLS', content: kubeconfig({ token: CANARY }, { server: 'http://a' }), says: /no https server/ },
    {
      what: 'unverified TLS',
      content: kubeconfig({ token: CANARY }, { ...https, 'insecure-skip-tls-verify': true }),
      says: /skips TLS verification/,
    },
    {
      what: 'a proxy with a password',
      content: kubeconfig({ token: CANARY }, { ...https, 'proxy-url': `http://me:${CANARY}@p` }),
      says: /proxy-url .*password in it\n.*--proxy/,
    },
    {
      what: 'a proxy of another kind',
      content: kubeconfig({ token: CANARY }, { ...https, 'proxy-url': 'socks5://p' }),
      says: /proxy-url that is no http/,
    },
    {
      what: 'a certificate of another name',
      content: kubeconfig({ token: CANARY }, { ...https, 'tls-server-name': 'b' }),
      says: /tls-server-name/,
    },
    { what: 'no YAML', content: `users: [{ token: ${CANARY}`, says: /cannot be read as a kubeconfig/ },
    {
      what: 'a missing key file',
      content: kubeconfig({ 'client-key': '/none' }),
      says: /client key of .* cannot be read/,
    },
  ])('$what', async ({ content, says }) => {
    const { code, out, err } = await add(content);

    expect(code).toBe(1);
    expect(err).toMatch(says);
    expect(out + err).not.toContain(CANARY);
    expect(world.connectionSecrets.kept.size).toBe(0);
  });

  test('a context that is not there, with those that are', async () => {
    const { code, err } = await add(kubeconfig({ token: CANARY }), '--context', 'prod');

    expect(code).toBe(1);
    expect(err).toMatch(/no context prod\n.*one of: lab/);
  });

  test('a file that is not there', async () => {
    const { code, err } = await world.run('cluster', 'add', 'lab', '--kubeconfig', '/none/config');

    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no kubeconfig /none/config'),
    });
  });
});
