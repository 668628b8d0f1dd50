import { createPrivateKey } from 'node:crypto';
import type { AwsAnswer, AwsRequest } from './aws-server.ts';
import { failure, success } from './aws-server-secrets.ts';
import type { FakeCertificate, FakeCertificates } from './fake-certificates.ts';

/** GetCertificate, DescribeCertificate and ExportCertificate over the fake's certificates. */
export const answerCertificateManager = (certificates: FakeCertificates, { target, input }: AwsRequest): AwsAnswer => {
  const arn = String(input['CertificateArn']);
  const found = certificates.get(arn);
  if (found === undefined) return failure('ResourceNotFoundException', `Could not find certificate ${arn}.`);
  switch (target) {
    case 'CertificateManager.GetCertificate':
      return success({ Certificate: found.certificate, CertificateChain: found.chain });
    case 'CertificateManager.DescribeCertificate':
      return success({ Certificate: { Options: found.export && { Export: found.export } } });
    default:
      return exportCertificate(found, Buffer.from(String(input['Passphrase']), 'base64').toString());
  }
};

const exportCertificate = ({ certificate, chain, key }: FakeCertificate, passphrase: string): AwsAnswer =>
  success({
    Certificate: certificate,
    CertificateChain: chain,
    PrivateKey: key.includes('BEGIN PRIVATE KEY') ? encrypted(key, passphrase) : key,
  });

const encrypted = (key: string, passphrase: string): string =>
  createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
