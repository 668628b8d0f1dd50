import type { Cluster } from '../domain/cluster.ts';
import type { StoreRef } from '../domain/external-secret.ts';
import type { IdentityPlan } from '../domain/identity-plan.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { isNamespaceAllowed } from '../domain/namespace-conditions.ts';
import { formatRef, type ServedRef } from '../domain/object-ref.ts';
import { isServedStore, type StoreSettings } from '../domain/secret-store.ts';
import { CausedError, InvalidSpecError, StoreNotReadyError, SyncError } from '../domain/sync-error.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import { findCredentials } from './find-credentials.ts';
import type { IdentityGuard } from './identity-guard.ts';
import type { ClusterClient, SecretRef } from './ports/cluster-client.ts';
import type { BaseCredentials } from './ports/secret-reader.ts';
import type { Mirror } from './ports/tables.ts';
import { remember } from './remember.ts';

/** Where a batch's objects live. */
export interface ClusterScope {
  readonly cluster: Cluster;
  readonly client: ClusterClient;
}

/** What everything that asks for an identity in one batch shares. */
export interface GuardedScope extends ClusterScope {
  readonly guard: IdentityGuard;
}

/** What opening a store needs of it: credentials, and namespaces that the mirror does not know. */
export interface StoreScope extends Pick<GuardedScope, 'cluster' | 'guard'> {
  readonly client: Pick<ClusterClient, 'readSecret' | 'readObject' | 'readServiceAccount' | 'requestToken'>;
}

/**
 * What opening a store takes, whether it is read from or written to. Lives as long as one batch: each store, Secret and
 * Namespace is looked up once however many objects name it.
 */
export interface StoreAccess {
  /** As the mirror has it. */
  find(ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<MirroredObject | undefined>;
  /** True when the store exists and another controller class is to serve it. */
  isForeign(ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<boolean>;
  /** @throws InvalidSpecError, NamespaceError - the store's conditions keep the namespace out, or nobody can tell */
  admitNamespace(store: StoreSettings, namespace: string, signal?: AbortSignal): Promise<void>;
  /**
   * What the plan's chain begins with, once the registration was asked; undefined when it begins with the hub.
   * @throws NotAllowedError, SyncError
   */
  findCredentials(plan: IdentityPlan, signal?: AbortSignal): Promise<BaseCredentials | undefined>;
}

export const storeObjectRef = ({ kind, name }: StoreRef, namespace: string): ServedRef => ({
  kind,
  namespace: kind === 'SecretStore' ? namespace : '',
  name,
});

export const createStoreAccess = (mirror: Pick<Mirror, 'get'>, { cluster, client, guard }: StoreScope): StoreAccess => {
  const objects = remember<MirroredObject | undefined>();
  const namespaces = remember<MirroredObject>();
  const secrets = remember<TargetSecret | undefined>();

  const readSecret = (ref: SecretRef, signal?: AbortSignal) =>
    secrets(`${ref.namespace}/${ref.name}`, () => client.readSecret(ref, signal));

  const find = (ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<MirroredObject | undefined> => {
    const objectRef = storeObjectRef(ref, namespace);
    return objects(formatRef(objectRef), () => mirror.get(cluster.name, objectRef, signal));
  };

  const findNamespace = async (name: string, signal?: AbortSignal): Promise<MirroredObject> => {
    const ref = { kind: 'Namespace', namespace: '', name } as const;
    const known = await mirror.get(cluster.name, ref, signal);
    const found = known ?? (await inLookup(name, () => client.readObject(ref, signal)));
    if (found === undefined) throw new NamespaceError(name, new StoreNotReadyError(`Namespace "${name}" not found`));
    return found;
  };

  return {
    find,
    isForeign: async (ref, namespace, signal) => {
      const object = await find(ref, namespace, signal);
      return object !== undefined && !isServedStore(object, cluster.controllerClass);
    },
    admitNamespace: async (store, name, signal) => {
      if (store.kind !== 'ClusterSecretStore' || store.conditions.length === 0) return;
      const { labels } = await namespaces(name, () => findNamespace(name, signal));
      if (!isNamespaceAllowed(store.conditions, { name, labels }))
        throw new InvalidSpecError(
          `using cluster store "${store.name}" is not allowed from namespace "${name}": denied by spec.condition`,
        );
    },
    findCredentials: async (plan, signal) => {
      await guard.admit(plan, signal);
      const found = { doing: 'unable to create session: ', cluster: cluster.name, client, readSecret, signal };
      const credentials = await findCredentials(plan.base, found);
      if (credentials !== undefined && 'roleArn' in credentials) await guard.admitRoles([credentials.roleArn], signal);
      return credentials;
    },
  };
};

/** Marks a failure as one of the session, not of a read: validation tells them apart. */
export class SessionError extends CausedError {
  override readonly name = 'SessionError';
  /** Why, without the words that say what it was for. */
  readonly why: string;

  constructor(cause: SyncError) {
    super(`unable to create session: ${cause.message}`, cause);
    this.why = cause.message;
  }
}

/** Whether a ClusterSecretStore may be used is not known: its conditions speak of a namespace that cannot be seen. */
export class NamespaceError extends CausedError {
  override readonly name = 'NamespaceError';

  constructor(namespace: string, cause: SyncError) {
    super(`failed to get a namespace "${namespace}": ${cause.message}`, cause);
  }
}

/** @throws SessionError */
export const inSession = async <T>(open: () => Promise<T>): Promise<T> => {
  try {
    return await open();
  } catch (error) {
    throw error instanceof SyncError ? new SessionError(error) : error;
  }
};

const inLookup = async <T>(namespace: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    throw error instanceof SyncError ? new NamespaceError(namespace, error) : error;
  }
};
