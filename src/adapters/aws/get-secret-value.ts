import type { GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import type { RemoteSecret } from '../../app/ports/secret-reader.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import type { AwsOperation } from './aws-error.ts';

/** A secret marked for deletion is refused, not absent: docs/decisions/0001-secret-marked-for-deletion.md. */
export const GET_SECRET_VALUE: AwsOperation = {
  service: 'Secrets Manager',
  name: 'GetSecretValue',
  exceptions: [
    'DecryptionFailure',
    'InternalServiceError',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException',
  ],
  notFound: ['ResourceNotFoundException'],
};

export const DESCRIBE_SECRET: AwsOperation = {
  service: 'Secrets Manager',
  name: 'DescribeSecret',
  exceptions: ['InternalServiceError', 'InvalidParameterException', 'ResourceNotFoundException'],
};

/** An answer of GetSecretValue, or an entry of BatchGetSecretValue's. */
type SecretAnswer = Pick<GetSecretValueCommandOutput, 'SecretString' | 'SecretBinary' | 'VersionId' | 'CreatedDate'>;

export const toRemoteSecret = ({
  SecretString,
  SecretBinary,
  VersionId = '',
  CreatedDate,
}: SecretAnswer): RemoteSecret => ({
  ...(SecretString === undefined ? {} : { text: SecretValue.fromText(SecretString) }),
  ...(SecretBinary === undefined ? {} : { binary: SecretValue.fromBytes(SecretBinary) }),
  version: VersionId,
  ...(CreatedDate === undefined ? {} : { createdAt: CreatedDate.getTime() }),
});
