import { createHash, X509Certificate } from 'node:crypto';
import type { SecretValue } from '../secret-value.ts';
import { InvalidSecretValueError, InvalidSpecError } from '../sync-error.ts';
import type { PushContent } from './push-content.ts';

/** What Certificate Manager imports. */
export interface CertificateBundle {
  readonly leaf: string;
  /** Empty: the leaf is all there is. */
  readonly chain: string;
  readonly key: SecretValue;
}

/**
 * @param source - the Secret's name, for errors
 * @throws InvalidSpecError - a single key is to be pushed
 * @throws InvalidSecretValueError - what is needed is missing or no certificate; nothing of it is quoted
 */
export const toCertificateBundle = (
  content: PushContent,
  source: { readonly namespace: string; readonly name: string },
): CertificateBundle => {
  if (content.type === 'key')
    throw new InvalidSpecError(
      'secretKey must be empty for the AWS Certificate Manager provider: the whole kubernetes.io/tls secret is required (tls.crt and tls.key)',
    );
  const part = (key: string): SecretValue => {
    const value = content.values.get(key);
    if (value !== undefined && value.size > 0) return value;
    throw new InvalidSecretValueError(`key "${key}" not found or empty in secret ${source.namespace}/${source.name}`);
  };
  const [certificate, key] = [part('tls.crt'), part('tls.key')];
  const [leaf, ...chain] = certificatesIn(certificate.revealText());
  if (leaf === undefined) throw unusable('no CERTIFICATE PEM blocks found');
  if (!isCertificate(leaf)) throw unusable('failed to parse leaf certificate: x509: malformed certificate');
  return { leaf, chain: chain.join(''), key };
};

/** Of what is public in a certificate: tells whether it is still the same one. */
export const certificateFingerprint = (certificate: string, chain: string): string =>
  createHash('sha256').update(trimmed(certificate)).update(trimmed(chain)).digest('hex');

/** Certificate Manager gives the leaf again where there is no chain. */
export const isSameCertificate = (
  held: { readonly certificate: string; readonly chain: string },
  bundle: CertificateBundle,
): boolean =>
  certificateFingerprint(held.certificate, held.chain) ===
    certificateFingerprint(bundle.leaf, bundle.chain === '' ? bundle.leaf : bundle.chain) ||
  (bundle.chain === '' &&
    trimmed(held.chain) === '' &&
    certificateFingerprint(held.certificate, '') === certificateFingerprint(bundle.leaf, ''));

const trimmed = (pem: string): string => pem.replace(/[\r\n]+$/, '');

/** Blocks of any other type are skipped; each is written anew, so that only the certificates themselves count. */
const certificatesIn = (pem: string): readonly string[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)].map(
    ([, base64 = '']) => {
      const lines = base64.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
      return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
    },
  );

const isCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
};

const unusable = (why: string): InvalidSecretValueError =>
  new InvalidSecretValueError(`failed to parse "tls.crt": ${why}`);
