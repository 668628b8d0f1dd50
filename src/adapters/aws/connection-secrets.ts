import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretValue } from '../../domain/secret-value.ts';
import { ClusterForbiddenError, ClusterUnreachableError } from '../../domain/sync-error.ts';

const DEADLINE_MILLISECONDS = 5_000;

/** Failures after which the same read may succeed by itself. */
const PASSING = /^(InternalServiceError|ThrottlingException|TimeoutError|AbortError)$/;

/**
 * Reads what opens a cluster, with the hub's own role.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @throws ClusterForbiddenError - the secret is gone or may not be read
 * @throws ClusterUnreachableError - Secrets Manager did not answer
 */
export const createReadConnectionSecret =
  (client: SecretsManagerClient) =>
  async (secretId: string): Promise<SecretValue> => {
    try {
      const command = new GetSecretValueCommand({ SecretId: secretId });
      const { SecretString = '' } = await client.send(command, {
        abortSignal: AbortSignal.timeout(DEADLINE_MILLISECONDS),
      });
      return SecretValue.fromText(SecretString);
    } catch (error) {
      throw toClusterError(secretId, error instanceof Error ? error.name : 'unknown error');
    }
  };

const toClusterError = (secretId: string, name: string): Error => {
  const message = `reading connection secret ${secretId} failed: ${name}`;
  return PASSING.test(name) ? new ClusterUnreachableError(message) : new ClusterForbiddenError(message);
};
