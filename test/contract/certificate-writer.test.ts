import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { createSecretWriters } from '../../src/adapters/aws/secret-writers.ts';
import { createEngine } from '../../src/adapters/engine/engine.ts';
import type { SecretWriter, SecretWriters } from '../../src/app/ports/secret-writer.ts';
import { startAwsServer } from '../support/aws-server.ts';
import { failure } from '../support/aws-server-secrets.ts';
import type { FakeCertificates } from '../support/fake-certificates.ts';
import { createFakeSecrets } from '../support/fake-secrets.ts';
import { hubPlan } from '../support/identity-plan.ts';
import { oneKey, pushMetadata, remoteRemoval, remoteWrite, wholeSecret } from '../support/remote-write.ts';

const KEY = 'web/tls';
const OURS = { 'managed-by': 'external-secrets', 'external-secrets-remote-key': KEY };

interface Backend {
  readonly writers: SecretWriters;
  readonly certificates: FakeCertificates;
  readonly stop: () => Promise<void>;
}

const startFake = async (): Promise<Backend> => {
  const secrets = createFakeSecrets();
  return { writers: secrets.writers, certificates: secrets.certificates, stop: async () => undefined };
};

const startServer = async () => {
  const server = await startAwsServer();
  const { url, certificates } = server;
  const engines = createEngine();
  const writers = createSecretWriters({
    engines,
    endpoints: { acm: url, tagging: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });
  const stop = async (): Promise<void> => {
    writers.close();
    await engines.close();
    await server.stop();
  };
  return { server, writers, certificates, stop };
};

const pemOf = async (name: string) => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }]);
  return { crt: `${cert.replaceAll('\r\n', '\n').trimEnd()}\n`, key };
};

const openIn = (writers: SecretWriters): Promise<SecretWriter> =>
  writers.open(hubPlan('writer', { service: 'acm' }), { credentials: undefined, settings: {} });

const tls = (crt: string, key: string, tags?: Readonly<Record<string, string>>) =>
  remoteWrite({
    key: KEY,
    content: wholeSecret({ 'tls.crt': crt, 'tls.key': key }),
    ...(tags === undefined ? {} : { metadata: pushMetadata({ tags }) }),
  });

describe.each<[string, () => Promise<Backend>]>([
  ['the fake', startFake],
  ['AWS by its SDK', startServer],
])('%s as a writer of certificates', (_, start) => {
  let backend: Backend;

  beforeEach(async () => {
    backend = await start();
  });
  afterEach(() => backend.stop());

  const all = () => backend.certificates.find({}).map((arn) => ({ arn, ...backend.certificates.get(arn) }));

  test('imports a certificate that is found again by its tags, whatever its property [PUSH66]', async () => {
    const { crt, key } = await pemOf('one');
    const writer = await openIn(backend.writers);
    expect(await writer.exists(KEY)).toBe(false);

    const written = await writer.write({ ...tls(crt, key, { team: 'a' }), property: 'ignored' });

    expect(written).toEqual({ wrote: true });
    expect(all()).toMatchObject([{ certificate: crt, key, tags: { ...OURS, team: 'a' } }]);
    expect(await writer.exists(KEY)).toBe(true);
  });

  test('does not import what is there already, yet keeps its tags [PUSH66 AWS56]', async () => {
    const { crt, key } = await pemOf('one');
    const writer = await openIn(backend.writers);
    await writer.write(tls(crt, key, { team: 'a', old: '1' }));

    const written = await writer.write(tls(crt, key, { team: 'b', 'managed-by': 'me' }));

    expect(written).toEqual({ wrote: false });
    expect(all()).toMatchObject([{ tags: { ...OURS, team: 'b' } }]);
    await writer.write(tls(crt, key));
    expect(all()[0]?.tags).toEqual(OURS);
  });

  test('imports a renewed certificate into the place of the old one [PUSH66 AWS56]', async () => {
    const [one, two, issuer] = [await pemOf('one'), await pemOf('two'), await pemOf('issuer')];
    const writer = await openIn(backend.writers);
    await writer.write(tls(one.crt, one.key, { team: 'a' }));
    const before = all();

    const written = await writer.write(tls(two.crt + issuer.crt, two.key, { team: 'a' }));

    expect(written).toEqual({ wrote: true });
    expect(all()).toMatchObject([
      { arn: before[0]?.arn, certificate: two.crt, chain: issuer.crt, tags: { ...OURS, team: 'a' } },
    ]);
  });

  test('takes the lexically smallest of several with its tags [PUSH66 AWS55]', async () => {
    const { crt, key } = await pemOf('one');
    const other = { certificate: 'old', chain: 'old', key: 'old', tags: OURS };
    const arn = (id: string) => `arn:aws:acm:eu-central-1:111122223333:certificate/${id}`;
    for (const id of ['bb', 'aa', 'cc']) backend.certificates.put(arn(id), other);

    await (await openIn(backend.writers)).write(tls(crt, key));

    expect(all().flatMap(({ arn: id, certificate }) => (certificate === crt ? [id] : []))).toEqual([arn('aa')]);
  });

  test('imports anew what was deleted; removes what it imported, and nothing that others write [PUSH66 AWS57]', async () => {
    const { crt, key } = await pemOf('one');
    const writer = await openIn(backend.writers);
    await writer.write(tls(crt, key));
    for (const { arn } of all()) backend.certificates.delete(arn);

    await writer.remove(remoteRemoval({ key: KEY }));
    expect(await writer.exists(KEY)).toBe(false);
    expect(await writer.write(tls(crt, key))).toEqual({ wrote: true });
    await writer.remove(remoteRemoval({ key: KEY, shared: true }));
    expect(all()).toHaveLength(1);
    await writer.remove(remoteRemoval({ key: KEY }));
    await writer.remove(remoteRemoval({ key: KEY }));

    expect(all()).toEqual([]);
  });

  test('asks before it imports, and not when the certificate is there', async () => {
    const [one, two] = [await pemOf('one'), await pemOf('two')];
    const writer = await openIn(backend.writers);
    const beforeVersion = async (): Promise<void> => {
      throw new Error('not now');
    };
    await expect(writer.write({ ...tls(one.crt, one.key), beforeVersion })).rejects.toThrow('not now');
    expect(all()).toEqual([]);
    await writer.write(tls(one.crt, one.key));

    expect(await writer.write({ ...tls(one.crt, one.key), beforeVersion })).toEqual({ wrote: false });
    await expect(writer.write({ ...tls(two.crt, two.key), beforeVersion })).rejects.toThrow('not now');
    expect(all()).toMatchObject([{ certificate: one.crt }]);
  });

  test('refuses a single key, and what is no certificate [PUSH66]', async () => {
    const writer = await openIn(backend.writers);

    await expect(writer.write(remoteWrite({ key: KEY, content: oneKey('x') }))).rejects.toThrow(
      /^secretKey must be empty/,
    );
    await expect(writer.write(remoteWrite({ key: KEY, content: wholeSecret({ 'tls.key': 'x' }) }))).rejects.toThrow(
      'key "tls.crt" not found or empty in secret team-a/app',
    );
    await expect(writer.write(remoteWrite({ ...tls('x', 'y'), metadata: { tags: {} } }))).rejects.toThrow(
      'failed to parse "tls.crt": no CERTIFICATE PEM blocks found',
    );
  });
});

describe('Certificate Manager by its SDK', () => {
  let backend: Awaited<ReturnType<typeof startServer>>;

  beforeEach(async () => {
    backend = await startServer();
  });
  afterEach(() => backend.stop());

  const inputsOf = (operation: string) =>
    backend.server.requests.flatMap(({ target, input }) => (target.endsWith(`.${operation}`) ? [input] : []));

  test('gets a leaf alone without a chain, and no tags when it takes the place of another [AWS56]', async () => {
    const [one, two] = [await pemOf('one'), await pemOf('two')];
    const writer = await openIn(backend.writers);
    await writer.write(tls(one.crt, one.key));
    await writer.write(tls(two.crt, two.key));

    const [first, second] = inputsOf('ImportCertificate');
    expect(first).toEqual({
      Certificate: Buffer.from(one.crt).toString('base64'),
      PrivateKey: Buffer.from(one.key).toString('base64'),
      Tags: Object.entries(OURS).map(([Key, Value]) => ({ Key, Value })),
    });
    expect(second).toEqual({
      Certificate: Buffer.from(two.crt).toString('base64'),
      PrivateKey: Buffer.from(two.key).toString('base64'),
      CertificateArn: expect.stringContaining(':certificate/'),
    });
  });

  test('searches once for what it imported, since searches lag behind [AWS57]', async () => {
    const { crt, key } = await pemOf('one');
    const writer = await openIn(backend.writers);
    await writer.write(tls(crt, key));
    await writer.write(tls(crt, key));
    expect(inputsOf('GetResources')).toHaveLength(1);

    for (const arn of backend.certificates.find({})) backend.certificates.delete(arn);
    await writer.write(tls(crt, key));
    expect(inputsOf('ImportCertificate')).toHaveLength(2);
  });

  test('does not import into the place of what lost our tag', async () => {
    const [one, two] = [await pemOf('one'), await pemOf('two')];
    const writer = await openIn(backend.writers);
    await writer.write(tls(one.crt, one.key));
    for (const arn of backend.certificates.find({})) backend.certificates.tag(arn, {});

    await writer.write(tls(two.crt, two.key));

    expect(backend.certificates.find({}).map((arn) => backend.certificates.get(arn)?.certificate)).toEqual([
      one.crt,
      two.crt,
    ]);
  });

  test('does not delete what lost our tag', async () => {
    const { crt, key } = await pemOf('one');
    const writer = await openIn(backend.writers);
    await writer.write(tls(crt, key));
    for (const arn of backend.certificates.find({})) backend.certificates.tag(arn, {});

    await expect(writer.remove(remoteRemoval({ key: KEY }))).rejects.toThrow(
      'certificate not managed by external-secrets',
    );
    expect(inputsOf('DeleteCertificate')).toEqual([]);
  });

  test.each([
    ['GetResources', 'failed to search for existing certificate: operation error Resource Groups Tagging API: '],
    ['ImportCertificate', 'failed to import certificate: operation error ACM: '],
    ['AddTagsToCertificate', 'failed to sync certificate tags: operation error ACM: '],
  ])('says which step of a push failed: %s', async (operation, doing) => {
    const { crt, key } = await pemOf('one');
    backend.server.intercept(({ target }) =>
      target.endsWith(`.${operation}`) ? failure('AccessDeniedException', 'no') : undefined,
    );

    await expect((await openIn(backend.writers)).write(tls(crt, key, { team: 'a' }))).rejects.toMatchObject({
      name: 'StoreAccessDeniedError',
      message: expect.stringMatching(new RegExp(`^${doing}`)),
    });
  });

  test.each([
    ['GetResources', 'failed to search for certificate to delete: '],
    ['ListTagsForCertificate', 'failed to list tags for certificate arn:aws:acm:'],
    ['DeleteCertificate', 'failed to delete certificate arn:aws:acm:'],
  ])('says which step of a removal failed: %s', async (operation, doing) => {
    backend.certificates.put('arn:aws:acm:eu-central-1:111122223333:certificate/aa', {
      ...{ certificate: 'x', chain: 'x', key: 'x', tags: OURS },
    });
    backend.server.intercept(({ target }) =>
      target.endsWith(`.${operation}`) ? failure('ResourceInUseException', 'in use') : undefined,
    );

    await expect((await openIn(backend.writers)).remove(remoteRemoval({ key: KEY }))).rejects.toThrow(
      new RegExp(`^${doing}`),
    );
  });
});
