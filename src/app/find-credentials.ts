import type { Credentials, IdentityBase, SecretKeyRef } from '../domain/identity-plan.ts';
import { parseRoleArn } from '../domain/role-arn.ts';
import { CausedError, StoreNotReadyError, SyncError } from '../domain/sync-error.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import type { ClusterClient, SecretRef, ServiceAccountRef } from './ports/cluster-client.ts';
import type { BaseCredentials, WebIdentity } from './ports/secret-reader.ts';

/** https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience';
const DEFAULT_AUDIENCE = 'sts.amazonaws.com';

export interface FindCredentialsDeps {
  /** Put before every failure: what the credentials are wanted for. */
  readonly doing: string;
  /** Name of the registered cluster. */
  readonly cluster: string;
  readonly client: Pick<ClusterClient, 'readServiceAccount' | 'requestToken'>;
  readonly readSecret: (ref: SecretRef, signal?: AbortSignal) => Promise<TargetSecret | undefined>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds in the cluster what a chain of credentials begins with; undefined when it begins with the hub.
 * @throws StoreNotReadyError - the first thing that is missing, in the reference's words and order
 * @throws SyncError - the cluster refused, or did not answer
 */
export const findCredentials = async (
  base: IdentityBase,
  deps: FindCredentialsDeps,
): Promise<BaseCredentials | undefined> => {
  switch (base.type) {
    case 'default-role':
      return undefined;
    case 'static':
      return readKeys(base, deps);
    case 'service-account':
      return findWebIdentity(base, deps);
  }
};

/** In the reference's order: secret key, key id, token. */
const readKeys = async (
  base: Extract<IdentityBase, { type: 'static' }>,
  deps: FindCredentialsDeps,
): Promise<Credentials> => {
  const secretAccessKey = await readKey(base.secretAccessKey, 'SecretAccessKey', deps);
  const accessKeyId = await readKey(base.accessKeyId, 'accessKeyID', deps);
  if (base.sessionToken === undefined) return { accessKeyId, secretAccessKey };
  return { accessKeyId, secretAccessKey, sessionToken: await readKey(base.sessionToken, 'SessionToken', deps) };
};

const readKey = async (
  { namespace, name, key }: SecretKeyRef,
  what: string,
  { doing, readSecret, signal }: FindCredentialsDeps,
): Promise<string> => {
  const fetching = `${doing}could not fetch ${what} secret: `;
  const reading = `${fetching}cannot get Kubernetes secret "${name}" from namespace "${namespace}": `;
  const secret = await saying(reading, () => readSecret({ namespace, name }, signal));
  if (secret === undefined) throw new StoreNotReadyError(`${reading}secrets "${name}" not found`);
  const value = secret.data.get(key);
  if (value === undefined) throw new StoreNotReadyError(`${fetching}cannot find secret data for key: "${key}"`);
  return value.revealText();
};

/** The account is read each time: its role, or the account itself, may have been taken away since. */
const findWebIdentity = async (
  { namespace, name, audiences }: Extract<IdentityBase, { type: 'service-account' }>,
  { doing, cluster, client, signal }: FindCredentialsDeps,
): Promise<WebIdentity> => {
  const ref: ServiceAccountRef = { namespace, name };
  const account = await saying(doing, () => client.readServiceAccount(ref, signal));
  if (account === undefined) throw new StoreNotReadyError(`${doing}serviceaccounts "${name}" not found`);
  const roleArn = account.annotations[ROLE_ANNOTATION] ?? '';
  if (roleArn === '')
    throw new StoreNotReadyError(
      `${doing}an IAM role must be associated with service account ${name} (namespace: ${namespace})`,
    );
  if (parseRoleArn(roleArn) === undefined)
    throw new StoreNotReadyError(
      `${doing}role ${roleArn} of service account ${name} (namespace: ${namespace}) is not the ARN of a role`,
    );
  const all = [account.annotations[AUDIENCE_ANNOTATION] || DEFAULT_AUDIENCE, ...audiences];
  return {
    roleArn,
    subject: `${cluster}/${namespace}/${name}/${account.uid}`,
    audiences: all,
    token: () =>
      saying('failed to retrieve jwt from provide source, error creating service account token: ', () =>
        client.requestToken(ref, all),
      ),
  };
};

class CredentialsError extends CausedError {
  override readonly name = 'CredentialsError';
}

/** The reference's words before the cause's own. */
const saying = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SyncError ? new CredentialsError(`${doing}${error.message}`, error) : error;
  }
};
