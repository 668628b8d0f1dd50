import type { Clock } from '../../app/ports/runtime.ts';
import { type ConnectionSecret, parseConnectionSecret } from '../../domain/connection-secret.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import { ClusterForbiddenError, ClusterUnreachableError, SyncError } from '../../domain/sync-error.ts';
import type { EksToken } from './eks-token.ts';
import type { Proof, ProofSource } from './request.ts';

export const createEksProofs = (token: EksToken): ProofSource => {
  const get = async (): Promise<Proof> => {
    try {
      return { token: await token.get() };
    } catch (error) {
      throw toProofError('the EKS token cannot be signed', error);
    }
  };
  return {
    get,
    renew: async (rejected) => {
      const current = await get();
      if (current.token !== rejected.token) return current; // another request was quicker
      token.forget();
      return get();
    },
  };
};

export interface SecretProofsOptions {
  readonly secretId: string;
  readonly read: (secretId: string) => Promise<SecretValue>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A 401 does not make us read a connection secret more often than this. */
const MIN_RENEWAL_MILLISECONDS = 30_000;

/** Token or certificate of a connection secret: read when first needed, and again after a 401. */
export const createSecretProofs = ({ secretId, read, clock }: SecretProofsOptions): ProofSource => {
  let kept: { readonly proof: Proof; readonly readAt: number } | undefined;
  let reading: Promise<Proof> | undefined;

  const readAnew = async (): Promise<Proof> => {
    const readAt = clock.now();
    try {
      const proof = toProof(parseConnectionSecret(secretId, await read(secretId)));
      kept = { proof, readAt };
      return proof;
    } catch (error) {
      throw toProofError(`connection secret ${secretId} cannot be used`, error);
    }
  };
  /** Requests of the same moment share one read: it has its client's deadline, and no one request's signal ends it. */
  const readOnce = (): Promise<Proof> => {
    reading ??= readAnew().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    get: async () => kept?.proof ?? readOnce(),
    renew: async (rejected) => {
      if (kept !== undefined && kept.proof !== rejected) return kept.proof; // another request was quicker
      const isRecent = kept !== undefined && clock.now() - kept.readAt < MIN_RENEWAL_MILLISECONDS;
      return isRecent ? undefined : readOnce();
    },
  };
};

/** What a connection secret proves. */
export const toProof = (secret: ConnectionSecret): Proof =>
  'token' in secret
    ? { token: secret.token }
    : { clientCertificate: { certificate: secret.clientCertificateData, key: secret.clientKeyData } };

/** Without a proof the cluster cannot be spoken to; of a foreign error only its name is told. */
const toProofError = (what: string, error: unknown): SyncError => {
  if (error instanceof ClusterForbiddenError || error instanceof ClusterUnreachableError) return error;
  if (error instanceof SyncError) {
    const message = `${what}: ${error.message}`;
    return error.retryable ? new ClusterUnreachableError(message) : new ClusterForbiddenError(message);
  }
  return new ClusterUnreachableError(`${what} (${error instanceof Error ? error.name : 'unknown error'})`);
};
