import type { Credentials, IdentityBase, SecretKeyRef } from '../domain/identity-plan.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import { CausedError, StoreNotReadyError, SyncError } from '../domain/sync-error.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import type { ClusterClient, SecretRef, ServiceAccountRef } from './ports/cluster-client.ts';
import type { BaseCredentials, WebIdentity } from './ports/secret-reader.ts';

/** https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience';
const DEFAULT_AUDIENCE = 'sts.amazonaws.com';

export interface FindCredentialsDeps {
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
  ref: SecretKeyRef,
  what: string,
  { readSecret, signal }: FindCredentialsDeps,
): Promise<string> => {
  const failed = `unable to create session: could not fetch ${what} secret: `;
  const secret = await readSecret({ namespace: ref.namespace, name: ref.name }, signal);
  if (secret === undefined)
    throw new StoreNotReadyError(
      `${failed}cannot get Kubernetes secret "${ref.name}" from namespace "${ref.namespace}": secrets "${ref.name}" not found`,
    );
  const value = secret.data.get(ref.key);
  if (value === undefined) throw new StoreNotReadyError(`${failed}cannot find secret data for key: "${ref.key}"`);
  return value.revealText();
};

/** The account is read each time: its role, or the account itself, may have been taken away since. */
const findWebIdentity = async (
  { namespace, name, audiences }: Extract<IdentityBase, { type: 'service-account' }>,
  { cluster, client, signal }: FindCredentialsDeps,
): Promise<WebIdentity> => {
  const ref: ServiceAccountRef = { namespace, name };
  const account = await client.readServiceAccount(ref, signal);
  if (account === undefined)
    throw new StoreNotReadyError(`unable to create session: serviceaccounts "${name}" not found`);
  const roleArn = account.annotations[ROLE_ANNOTATION] ?? '';
  if (roleArn === '')
    throw new StoreNotReadyError(
      `unable to create session: an IAM role must be associated with service account ${name} (namespace: ${namespace})`,
    );
  const all = [account.annotations[AUDIENCE_ANNOTATION] || DEFAULT_AUDIENCE, ...audiences];
  return {
    roleArn,
    subject: `${cluster}/${namespace}/${name}/${account.uid}`,
    audiences: all,
    token: () => inTokenRequest(() => client.requestToken(ref, all)),
  };
};

class TokenError extends CausedError {
  override readonly name = 'TokenError';
}

const inTokenRequest = async (request: () => Promise<SecretValue>): Promise<SecretValue> => {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const failed = 'failed to retrieve jwt from provide source, error creating service account token: ';
    throw new TokenError(`${failed}${error.message}`, error);
  }
};
