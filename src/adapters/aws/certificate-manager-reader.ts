import {
  ACMClient,
  DescribeCertificateCommand,
  ExportCertificateCommand,
  GetCertificateCommand,
} from '@aws-sdk/client-acm';
import { NO_LISTING, type RemoteSecret, type SecretReader } from '../../app/ports/secret-reader.ts';
import { certificateFingerprint } from '../../domain/push/certificate-bundle.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { StoreRejectedError } from '../../domain/store-error.ts';
import { InvalidSpecError, SecretNotFoundError } from '../../domain/sync-error.ts';
import type { StoreAccess } from './aws-access.ts';
import type { AwsOperation } from './aws-error.ts';
import { decryptKey, makePassphrase } from './certificate-key.ts';
import { Recent } from './recent.ts';

/** Exports kept for one identity: each costs money, and proves nothing that the certificate's own text does not. */
const MAX_EXPORTS = 128;

export type CertificateExports = Recent<Promise<SecretValue>>;

export const createCertificateExports = (): CertificateExports => new Recent(MAX_EXPORTS);

/** Loaded on first need: few stores read certificates. */
export const createCertificateManagerClient = (settings: ConstructorParameters<typeof ACMClient>[0]): ACMClient =>
  new ACMClient(settings ?? {});

interface Certificate {
  readonly certificate: string;
  readonly chain: string;
}

/**
 * Reads certificates with their chains and private keys, as one PEM bundle, with a client's identity. The certificate is
 * read afresh each time; as long as it is the same, so is its key, and the bundle exported before is good.
 */
export const createCertificateManagerReader = (
  client: ACMClient,
  exports: CertificateExports,
  { location, identity, call }: StoreAccess,
): SecretReader => {
  /** https://docs.aws.amazon.com/acm/latest/APIReference/API_GetCertificate.html */
  const getCertificate = async (arn: string, signal?: AbortSignal): Promise<Certificate> => {
    const command = new GetCertificateCommand({ CertificateArn: arn });
    const operation = operationOf('GetCertificate', `failed to get certificate ${arn}: `);
    try {
      const answer = await call(operation, (abortSignal) => client.send(command, { abortSignal }), signal);
      return { certificate: answer.Certificate ?? '', chain: answer.CertificateChain ?? '' };
    } catch (error) {
      if (!(error instanceof SecretNotFoundError)) throw error;
      throw new StoreRejectedError(`failed to get certificate ${arn}: certificate not found`);
    }
  };

  /** https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html */
  const refuseUnexportable = async (arn: string, signal?: AbortSignal): Promise<void> => {
    const command = new DescribeCertificateCommand({ CertificateArn: arn });
    const operation = operationOf('DescribeCertificate', `failed to describe certificate ${arn}: `);
    const { Certificate } = await call(operation, (abortSignal) => client.send(command, { abortSignal }), signal);
    if (Certificate?.Options?.Export !== 'ENABLED')
      throw new StoreRejectedError(`certificate ${arn} is not exportable (Options.Export is not ENABLED)`);
  };

  /** https://docs.aws.amazon.com/acm/latest/APIReference/API_ExportCertificate.html */
  const exportBundle = async (arn: string, signal?: AbortSignal): Promise<SecretValue> => {
    await refuseUnexportable(arn, signal);
    const passphrase = makePassphrase();
    const command = new ExportCertificateCommand({ CertificateArn: arn, Passphrase: Buffer.from(passphrase) });
    const operation = operationOf('ExportCertificate', `failed to export certificate ${arn}: `);
    const answer = await call(operation, (abortSignal) => client.send(command, { abortSignal }), signal);
    const { Certificate = '', CertificateChain = '', PrivateKey = '' } = answer;
    const key = PrivateKey === '' ? '' : decryptKey(PrivateKey, passphrase);
    const parts = [Certificate, CertificateChain, key].map(trimmed).filter((part) => part !== '');
    if (parts.length === 0) throw new StoreRejectedError(`no data returned from ExportCertificate for ${arn}`);
    return SecretValue.fromText(`${parts.join('\n')}\n`);
  };

  const read = async (arn: string, signal?: AbortSignal): Promise<RemoteSecret> => {
    if (arn === '') throw new InvalidSpecError('certificate ARN must be specified in remoteRef.key');
    const version = fingerprintOf(await getCertificate(arn, signal));
    const id = `${arn} ${version}`;
    const bundle = exports.getOrMake(id, () => exportBundle(arn, signal));
    try {
      return { text: await bundle, version };
    } catch (error) {
      exports.delete(id, bundle);
      throw error;
    }
  };

  return {
    location,
    identity,
    listing: NO_LISTING,
    read: ({ key }, signal) => read(key, signal),
    readTags: async (key, signal) => (await read(key, signal)).text ?? SecretValue.fromText(''),
  };
};

const operationOf = (name: string, prefix: string): AwsOperation => ({
  service: 'ACM',
  name,
  exceptions: ['InvalidArnException', 'RequestInProgressException', 'ResourceNotFoundException'],
  prefix,
  ...(name === 'GetCertificate' ? { notFound: ['ResourceNotFoundException'] } : {}),
});

const fingerprintOf = ({ certificate, chain }: Certificate): string => certificateFingerprint(certificate, chain);

const trimmed = (pem: string): string => pem.replace(/[\r\n]+$/, '');
