import { randomUUID } from 'node:crypto';
import { UnsecuredJWT } from 'jose';
import type { ClusterClient, ServiceAccount, ServiceAccountRef } from '../../../src/app/ports/cluster-client.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { WriteConflictError } from '../../../src/domain/sync-error.ts';

/** The service accounts of a fake cluster. Their tokens say whose and for whom they are, and are signed by nobody. */
export class FakeServiceAccounts implements Pick<ClusterClient, 'readServiceAccount' | 'requestToken'> {
  readonly #accounts = new Map<string, ServiceAccount>();

  /** Creates, or replaces the annotations. */
  put(ref: ServiceAccountRef, annotations: ServiceAccount['annotations']): void {
    const uid = this.#accounts.get(keyOf(ref))?.uid ?? randomUUID();
    this.#accounts.set(keyOf(ref), { uid, annotations });
  }

  delete(ref: ServiceAccountRef): void {
    this.#accounts.delete(keyOf(ref));
  }

  readonly readServiceAccount = async (ref: ServiceAccountRef): Promise<ServiceAccount | undefined> =>
    this.#accounts.get(keyOf(ref));

  readonly requestToken = async (ref: ServiceAccountRef, audiences: readonly string[]): Promise<SecretValue> => {
    if (!this.#accounts.has(keyOf(ref)))
      throw new WriteConflictError(`create serviceaccounts/token ${keyOf(ref)}: NotFound`);
    const token = new UnsecuredJWT({}).setSubject(`system:serviceaccount:${ref.namespace}:${ref.name}`);
    return SecretValue.fromText(token.setAudience([...audiences]).encode());
  };
}

const keyOf = ({ namespace, name }: ServiceAccountRef): string => `${namespace}/${name}`;
