import type { Credentials, IdentityBase, SecretKeyRef } from '../domain/identity-plan.ts';
import { StoreNotReadyError, SyncError } from '../domain/sync-error.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import { isTellable } from './failure.ts';
import type { SecretRef } from './ports/cluster-client.ts';

export type ReadSecret = (ref: SecretRef) => Promise<TargetSecret | undefined>;

/** Keys that an identity begins with could not be had; in the reference's words. */
export class CredentialsError extends SyncError {
  override readonly name = 'CredentialsError';
  readonly reason: string;
  readonly retryable: boolean;

  /** @param doing - put before everything: what the keys were wanted for */
  constructor(doing: string, cause: SyncError) {
    super(`${doing}${cause.message}`, { cause });
    this.reason = cause.reason;
    this.retryable = cause.retryable;
  }
}

/**
 * The keys that a chain begins with; none when it begins with the hub. In the reference's order: secret key, key id,
 * token; the first that is missing is the one named.
 * @throws CredentialsError
 */
export const readCredentials = async (
  doing: string,
  base: IdentityBase,
  readSecret: ReadSecret,
): Promise<Credentials | undefined> => {
  if (base.type !== 'static') return undefined;
  const read = (ref: SecretKeyRef, what: string) =>
    readKey(`${doing}could not fetch ${what} secret: `, ref, readSecret);
  const secretAccessKey = await read(base.secretAccessKey, 'SecretAccessKey');
  const accessKeyId = await read(base.accessKeyId, 'accessKeyID');
  if (base.sessionToken === undefined) return { accessKeyId, secretAccessKey };
  return { accessKeyId, secretAccessKey, sessionToken: await read(base.sessionToken, 'SessionToken') };
};

const readKey = async (
  doing: string,
  { namespace, name, key }: SecretKeyRef,
  readSecret: ReadSecret,
): Promise<string> => {
  const reading = `${doing}cannot get Kubernetes secret "${name}" from namespace "${namespace}": `;
  const secret = await telling(reading, () => readSecret({ namespace, name }));
  if (secret === undefined) throw new CredentialsError(reading, new StoreNotReadyError(`secrets "${name}" not found`));
  const value = secret.data.get(key);
  if (value === undefined)
    throw new CredentialsError(doing, new StoreNotReadyError(`cannot find secret data for key: "${key}"`));
  return value.revealText();
};

const telling = async <T>(doing: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    throw isTellable(error) ? new CredentialsError(doing, error) : error;
  }
};
