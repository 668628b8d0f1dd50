import type { StoreRef } from '../domain/external-secret.ts';
import { formatRef } from '../domain/object-ref.ts';
import { planIdentity } from '../domain/plan-identity.ts';
import { isServedStore, parseStoreSettings, type SecretStore } from '../domain/secret-store.ts';
import { readyCondition } from '../domain/status.ts';
import { InvalidSpecError, StoreNotReadyError } from '../domain/sync-error.ts';
import { parseValidStore } from '../domain/validate-store.ts';
import type { Generators } from './generators.ts';
import type { SecretReader, SecretReaders } from './ports/secret-reader.ts';
import type { Mirror, States } from './ports/tables.ts';
import { remember } from './remember.ts';
import { type ClusterScope, createStoreAccess, inSession, type StoreScope, storeObjectRef } from './store-access.ts';

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

export const createStores = (deps: OpenStoresDeps, scope: StoreScope): Stores => {
  const { cluster, guard } = scope;
  const access = createStoreAccess(deps.mirror, scope);
  const readers = remember<SecretReader>();
  const opened = remember<OpenedStore>();

  const openIdentity: Stores['openIdentity'] = async (store, namespace, signal) => {
    const plan = planIdentity({ store, cluster, namespace });
    return readers(JSON.stringify(plan), async () => {
      const credentials = await access.findCredentials(plan, signal);
      return guard.guard(await inSession(() => deps.readers.open(plan, credentials, signal)));
    });
  };

  const openStore = async (ref: StoreRef, namespace: string, signal?: AbortSignal): Promise<OpenedStore> => {
    const object = await access.find(ref, namespace, signal);
    if (object === undefined) throw new StoreNotReadyError(storeMissing(ref));
    if (!isServedStore(object, cluster.controllerClass))
      throw new InvalidSpecError('can not reference unmanaged store');
    await access.admitNamespace(parseStoreSettings(object), namespace, signal);
    await refuseNotReady(deps.states, cluster.name, { ref, namespace });
    const store = parseValidStore(object);
    const reader = await openIdentity(store, namespace, signal);
    const prefix = reader.location.service === 'acm' ? '' : store.aws.prefix;
    return { reader, prefix, admitKey: (key) => guard.admitKey(reader, key) };
  };

  return {
    isForeign: access.isForeign,
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
