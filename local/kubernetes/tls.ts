import { generate } from 'selfsigned';

export interface ServerCertificate {
  readonly key: string;
  /** PEM; its own authority. */
  readonly certificate: string;
}

const LIFETIME_MS = 365 * 24 * 3600 * 1000;

/** A certificate for the loopback address that clients trust by naming it as the authority. */
export const createServerCertificate = async (): Promise<ServerCertificate> => {
  const now = Date.now();
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'local-kubernetes' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 60_000),
    notAfterDate: new Date(now + LIFETIME_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { key, certificate: cert };
};
