import { createPrivateKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import type { SecretReaders } from '../../src/app/ports/secret-reader.ts';
import { StoreAccessDeniedError } from '../../src/domain/sync-error.ts';
import { startAwsServer } from '../support/aws-server.ts';
import { failure, success } from '../support/aws-server-secrets.ts';
import { type FakeCertificates, fakeCertificate } from '../support/fake-certificates.ts';
import { createFakeSecrets, FAKE_ACCOUNT } from '../support/fake-secrets.ts';
import { hubPlan, roleArn } from '../support/identity-plan.ts';

const ARN = `arn:aws:acm:eu-central-1:${FAKE_ACCOUNT}:certificate/1234`;
const STRANGER = roleArn('stranger', FAKE_ACCOUNT);

interface Backend {
  readonly readers: SecretReaders;
  readonly certificates: FakeCertificates;
  readonly stop: () => Promise<void>;
}

const startFake = async (): Promise<Backend> => {
  const secrets = createFakeSecrets();
  secrets.fail({ identity: STRANGER }, () => new StoreAccessDeniedError('denied'));
  return { readers: secrets, certificates: secrets.certificates, stop: async () => undefined };
};

const startServer = async () => {
  const server = await startAwsServer();
  server.sts.denyReads(STRANGER);
  const { url, certificates } = server;
  const readers = createSecretReaders({
    endpoints: { acm: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });
  const stop = async (): Promise<void> => {
    readers.close();
    await server.stop();
  };
  return { server, readers, certificates, stop };
};

describe.each<[string, () => Promise<Backend>]>([
  ['the fake', startFake],
  ['AWS by its SDK', startServer],
])('%s as a reader of certificates', (_, start) => {
  let backend: Backend;

  beforeEach(async () => {
    backend = await start();
  });
  afterEach(() => backend.stop());

  const read = async (arn = ARN, role = 'reader') =>
    (await backend.readers.open(hubPlan(role, { service: 'acm' }), undefined)).read({ key: arn, version: '' });

  test('says where it reads, and has nothing to look through', async () => {
    const reader = await backend.readers.open(hubPlan('reader', { service: 'acm' }), undefined);

    expect(reader.location).toMatchObject({ account: FAKE_ACCOUNT, service: 'acm' });
    expect(reader.finder).toBeUndefined();
  });

  test('reads certificate, chain and key as one bundle', async () => {
    const { certificate, chain, key } = fakeCertificate('one');
    backend.certificates.put(ARN, { certificate: `${certificate}\r\n\n`, chain, key, export: 'ENABLED' });

    const bundle = (await read()).text?.revealText();

    expect(bundle).toBe(`${certificate}${chain}${key}`);
    expect(createPrivateKey(bundle ?? '').type).toBe('private');
  });

  test('leaves out the chain where there is none', async () => {
    const { certificate, key } = fakeCertificate('self-signed');
    backend.certificates.put(ARN, { certificate, chain: '', key, export: 'ENABLED' });

    expect((await read()).text?.revealText()).toBe(`${certificate}${key}`);
  });

  test('tells a renewed certificate by its version [AWS54]', async () => {
    backend.certificates.put(ARN, fakeCertificate('one'));
    const [before, again] = [await read(), await read()];
    backend.certificates.put(ARN, fakeCertificate('two'));

    const after = await read();

    expect(again.version).toBe(before.version);
    expect(after.version).not.toBe(before.version);
    expect(after.text?.revealText()).not.toBe(before.text?.revealText());
  });

  test('never calls a certificate missing: that would delete targets', async () => {
    await expect(read()).rejects.toMatchObject({
      name: 'StoreRejectedError',
      message: `failed to get certificate ${ARN}: certificate not found`,
    });
  });

  test.each([
    ['is not exportable', { export: 'DISABLED' as const }],
    ['has no such option', {}],
  ])('refuses a certificate that %s [AWS53]', async (__, change) => {
    const { export: _export, ...plain } = fakeCertificate('one');
    backend.certificates.put(ARN, { ...plain, ...change });

    await expect(read()).rejects.toMatchObject({
      name: 'StoreRejectedError',
      message: `certificate ${ARN} is not exportable (Options.Export is not ENABLED)`,
    });
  });

  test('is denied to an identity that may not', async () => {
    backend.certificates.put(ARN, fakeCertificate('one'));

    await expect(read(ARN, 'stranger')).rejects.toMatchObject({ name: 'StoreAccessDeniedError' });
  });
});

describe('Certificate Manager by its SDK', () => {
  let backend: Awaited<ReturnType<typeof startServer>>;

  beforeEach(async () => {
    backend = await startServer();
  });
  afterEach(() => backend.stop());

  const read = async (arn = ARN, role = 'reader') =>
    (await backend.readers.open(hubPlan(role, { service: 'acm' }), undefined)).read({ key: arn, version: '' });
  const count = (operation: string): number =>
    backend.server.requests.filter(({ target }) => target === `CertificateManager.${operation}`).length;

  test('exports a certificate once for as long as it is the same, and once more when it is renewed [AWS54]', async () => {
    backend.certificates.put(ARN, fakeCertificate('one'));
    await Promise.all([read(), read()]);
    await read();
    expect(count('GetCertificate')).toBe(3);
    expect(count('ExportCertificate')).toBe(1);

    backend.certificates.put(ARN, fakeCertificate('two'));
    await read();
    expect(count('ExportCertificate')).toBe(2);
  });

  test('gives no identity what another exported', async () => {
    backend.certificates.put(ARN, fakeCertificate('one'));
    await read();

    await read(ARN, 'somebody-else');

    expect(count('ExportCertificate')).toBe(2);
  });

  test('exports nothing that is not exportable, and remembers no failure [AWS53]', async () => {
    backend.certificates.put(ARN, fakeCertificate('one', { export: 'DISABLED' }));
    await expect(read()).rejects.toThrow('not exportable');
    expect(count('ExportCertificate')).toBe(0);

    const { certificate, chain, key } = fakeCertificate('one');
    backend.certificates.put(ARN, { certificate, chain, key, export: 'ENABLED' });
    expect((await read()).text?.revealText()).toContain('PRIVATE KEY');
  });

  test('sends a passphrase of 32 letters and digits, another each time', async () => {
    backend.certificates.put(ARN, fakeCertificate('one'));
    await read();
    backend.certificates.put(ARN, fakeCertificate('two'));
    await read();

    const phrases = backend.server.requests
      .filter(({ target }) => target.endsWith('ExportCertificate'))
      .map(({ input }) => Buffer.from(String(input['Passphrase']), 'base64').toString());
    expect(new Set(phrases).size).toBe(2);
    for (const phrase of phrases) expect(phrase).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  test('without an ARN asks nobody [AWS53]', async () => {
    await expect(read('')).rejects.toMatchObject({
      name: 'InvalidSpecError',
      message: 'certificate ARN must be specified in remoteRef.key',
    });
    expect(backend.server.requests.filter(({ target }) => target.startsWith('CertificateManager'))).toEqual([]);
  });

  test.each([
    ['no PEM', 'canary-7f3a', 'failed to decode PEM block'],
    ['another kind of key', '-----BEGIN RSA PRIVATE KEY-----\ncanary-7f3a', 'unexpected PEM type: RSA PRIVATE KEY'],
    ['no key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\ncanary-7f3a', 'failed to decrypt PKCS#8 private key'],
  ])('says of an export that is %s what is wrong, and nothing of it', async (_, key, problem) => {
    backend.certificates.put(ARN, fakeCertificate('one', { key }));

    const error = await read().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ message: `failed to decrypt exported private key: ${problem}` });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary-7f3a');
  });

  test('takes a key that came unencrypted as it is, and refuses an export of nothing', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nplain\n-----END PRIVATE KEY-----';
    backend.certificates.put(ARN, fakeCertificate('one'));
    let answer: Readonly<Record<string, string>> = { PrivateKey: key };
    backend.server.intercept(({ target }) => (target.endsWith('ExportCertificate') ? success(answer) : undefined));

    expect((await read()).text?.revealText()).toBe(`${key}\n`);

    answer = {};
    backend.certificates.put(ARN, fakeCertificate('two'));
    await expect(read()).rejects.toThrow(`no data returned from ExportCertificate for ${ARN}`);
  });

  test.each([
    ['DescribeCertificate', 'failed to describe certificate'],
    ['ExportCertificate', 'failed to export certificate'],
    ['GetCertificate', 'failed to get certificate'],
  ])('says which step failed: %s', async (operation, doing) => {
    backend.certificates.put(ARN, fakeCertificate('one'));
    backend.server.intercept(({ target }) =>
      target.endsWith(`.${operation}`) ? failure('AccessDeniedException', 'no') : undefined,
    );

    await expect(read()).rejects.toMatchObject({
      name: 'StoreAccessDeniedError',
      message: expect.stringContaining(`${doing} ${ARN}: operation error ACM: ${operation}`),
    });
  });
});
