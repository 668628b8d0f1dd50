import type { Cluster } from '../domain/cluster.ts';
import type { StoreRef } from '../domain/external-secret.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { isNamespaceAllowed } from '../domain/namespace-conditions.ts';
import { formatRef, type ServedRef } from '../domain/object-ref.ts';
import { planIdentity } from '../domain/plan-identity.ts';
import { isServedStore, parseStoreSettings, type SecretStore, type StoreSettings } from '../domain/secret-store.ts';
import { readyCondition } from '../domain/status.ts';
import { CausedError, InvalidSpecError, StoreNotReadyError, SyncError } from '../domain/sync-error.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import { parseValidStore } from '../domain/validate-store.ts';
import { findCredentials } from './find-credentials.ts';
import type { Generators } from './generators.ts';
import type { IdentityGuard } from './identity-guard.ts';
import type { ClusterClient, SecretRef } from './ports/cluster-client.ts';
import type { SecretReader, SecretReaders } from './ports/secret-reader.ts';
import type { Mirror, States } from './ports/tables.ts';
import { remember } from './remember.ts';

/** A store ready to be read from, for one consumer's namespace. */
export interface OpenedStore {
  readonly reader: SecretReader;
  /** Put before every key. */
  readonly prefix: string;
  /** Before anything is done about a key, the prefix included. @throws NotAllowedError */
  readonly admitKey: (key: string) => void;
}

export interface OpenStoresDeps {
  readonly mirror: Mirror;
  readonly states: States;
  readonly readers: SecretReaders;
}

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

/** Opens stores for one batch: each store, Secret and Namespace is looked up once however many objects name it. */
export interface Stores {
  /** True when the store exists and another controller class is to serve it. */
  isForeign(ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<boolean>;
  /** @throws SyncError - missing, not ready, not allowed from this namespace, or no session; in the reference's words */
  open(ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<OpenedStore>;
  /** Opens under the identity of a store, whatever its readiness: what validation does. */
  openIdentity(store: SecretStore, namespace: string, signal?: AbortSignal): Promise<SecretReader>;
}

/** What the objects of one request share. */
export interface SyncBatch {
  readonly scope: ClusterScope;
  readonly stores: Stores;
  readonly generators: Generators;
}

export const storeObjectRef = ({ kind, name }: StoreRef, namespace: string): ServedRef => ({
  kind,
  namespace: kind === 'SecretStore' ? namespace : '',
  name,
});

export const createStores = (deps: OpenStoresDeps, { cluster, client, guard }: StoreScope): Stores => {
  const objects = remember<MirroredObject | undefined>();
  const namespaces = remember<MirroredObject>();
  const secrets = remember<TargetSecret | undefined>();
  const readers = remember<SecretReader>();
  const opened = remember<OpenedStore>();

  const readSecret = (ref: SecretRef, signal?: AbortSignal) =>
    secrets(`${ref.namespace}/${ref.name}`, () => client.readSecret(ref, signal));

  const find = (ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<MirroredObject | undefined> => {
    const objectRef = storeObjectRef(ref, namespace);
    return objects(formatRef(objectRef), () => deps.mirror.get(cluster.name, objectRef, signal));
  };

  const openIdentity: Stores['openIdentity'] = async (store, namespace, signal) => {
    const plan = planIdentity({ store, cluster, namespace });
    return readers(JSON.stringify(plan), async () => {
      await guard.admit(plan, signal);
      const found = { doing: 'unable to create session: ', cluster: cluster.name, client, readSecret, signal };
      const credentials = await findCredentials(plan.base, found);
      if (credentials !== undefined && 'roleArn' in credentials) await guard.admitRoles([credentials.roleArn], signal);
      return guard.guard(await inSession(() => deps.readers.open(plan, credentials, signal)));
    });
  };

  const openStore = async (ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<OpenedStore> => {
    const object = await find(ref, namespace, signal);
    if (object === undefined) throw new StoreNotReadyError(storeMissing(ref));
    if (!isServedStore(object, cluster.controllerClass))
      throw new InvalidSpecError('can not reference unmanaged store');
    await refuseOtherNamespace(parseStoreSettings(object), namespace, signal);
    await refuseNotReady(deps.states, cluster.name, { ref, namespace });
    const store = parseValidStore(object);
    const reader = await openIdentity(store, namespace, signal);
    const prefix = reader.location.service === 'acm' ? '' : store.aws.prefix;
    return { reader, prefix, admitKey: (key) => guard.admitKey(reader, key) };
  };

  const findNamespace = async (name: string, signal?: AbortSignal): Promise<MirroredObject> => {
    const ref = { kind: 'Namespace', namespace: '', name } as const;
    const known = await deps.mirror.get(cluster.name, ref, signal);
    const found = known ?? (await inLookup(name, () => client.readObject(ref, signal)));
    if (found === undefined) throw new NamespaceError(name, new StoreNotReadyError(`Namespace "${name}" not found`));
    return found;
  };

  const refuseOtherNamespace = async (store: StoreSettings, name: string, signal?: AbortSignal): Promise<void> => {
    if (store.kind !== 'ClusterSecretStore' || store.conditions.length === 0) return;
    const { labels } = await namespaces(name, () => findNamespace(name, signal));
    if (!isNamespaceAllowed(store.conditions, { name, labels }))
      throw new InvalidSpecError(
        `using cluster store "${store.name}" is not allowed from namespace "${name}": denied by spec.condition`,
      );
  };

  return {
    isForeign: async (ref, namespace, signal) => {
      const object = await find(ref, namespace, signal);
      return object !== undefined && !isServedStore(object, cluster.controllerClass);
    },
    openIdentity,
    open: (ref, namespace, signal) =>
      opened(`${formatRef(storeObjectRef(ref, namespace))} for ${namespace}`, () => openStore(ref, namespace, signal)),
  };
};

const storeMissing = ({ kind, name }: StoreRef): string =>
  `could not get ${kind} "${name}", ${kind}.external-secrets.io "${name}" not found`;

/** A store that nobody has validated yet is tried: the failure, if any, is then the store's own. */
const refuseNotReady = async (
  states: States,
  cluster: string,
  { ref, namespace }: { readonly ref: StoreRef; readonly namespace: string },
): Promise<void> => {
  const state = await states.get(cluster, storeObjectRef(ref, namespace));
  if (state !== undefined && readyCondition(state.status)?.status === 'False')
    throw new StoreNotReadyError(`${ref.kind} "${ref.name}" is not ready`);
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

const inLookup = async <T>(namespace: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    throw error instanceof SyncError ? new NamespaceError(namespace, error) : error;
  }
};

const inSession = async (open: () => Promise<SecretReader>): Promise<SecretReader> => {
  try {
    return await open();
  } catch (error) {
    throw error instanceof SyncError ? new SessionError(error) : error;
  }
};
