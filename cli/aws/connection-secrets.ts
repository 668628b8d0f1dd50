import {
  CreateSecretCommand,
  DeleteSecretCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceNotFoundException,
  RestoreSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ConnectionSecrets } from '../../src/app/register-cluster.ts';
import type { SecretValue } from '../../src/domain/secret-value.ts';

/** The shortest Secrets Manager has: a cluster removed by mistake can be registered again without its token. */
const RECOVERY_DAYS = 7;

/** Connection secrets in Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/apireference/ */
export const createConnectionSecrets = (client: SecretsManagerClient): ConnectionSecrets => {
  const putValue = async (SecretId: string, value: SecretValue): Promise<void> => {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: value.revealText() }));
  };

  const create = async (Name: string, value: SecretValue): Promise<void> => {
    const Description = 'How secretcast signs in to a cluster. Written by `secretcast cluster add`.';
    await client.send(new CreateSecretCommand({ Name, SecretString: value.revealText(), Description }));
  };

  return {
    put: async (secretId, value) => {
      try {
        await putValue(secretId, value);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return create(secretId, value);
        if (!(error instanceof InvalidRequestException)) throw error;
        await client.send(new RestoreSecretCommand({ SecretId: secretId })); // it was marked for deletion
        await putValue(secretId, value);
      }
    },
    remove: async (secretId) => {
      try {
        await client.send(new DeleteSecretCommand({ SecretId: secretId, RecoveryWindowInDays: RECOVERY_DAYS }));
      } catch (error) {
        const isGone = error instanceof ResourceNotFoundException || error instanceof InvalidRequestException;
        if (!isGone) throw error;
      }
    },
  };
};
