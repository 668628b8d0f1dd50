import type { ConnectionSecrets } from '../../src/app/register-cluster.ts';
import type { SecretValue } from '../../src/domain/secret-value.ts';

/** Connection secrets in memory, by id. */
export const createFakeConnectionSecrets = (): ConnectionSecrets & { readonly kept: Map<string, SecretValue> } => {
  const kept = new Map<string, SecretValue>();
  return {
    kept,
    put: async (secretId, value) => {
      kept.set(secretId, value);
    },
    remove: async (secretId) => {
      kept.delete(secretId);
    },
  };
};
