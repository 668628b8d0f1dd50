import type { StoreRef } from '../../domain/external-secret.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { planIdentity } from '../../domain/plan-identity.ts';
import type { PushedPlace } from '../../domain/push/pushed.ts';
import { syncedStore } from '../../domain/push/synced-push-secrets.ts';
import { type RemoteKey, remoteKeysFor } from '../../domain/remote-key.ts';
import { parseStoreSettings } from '../../domain/secret-store.ts';
import { parseValidStore } from '../../domain/validate-store.ts';
import type { SecretWriter, SecretWriters } from '../ports/secret-writer.ts';
import type { Mirror } from '../ports/tables.ts';
import { remember } from '../remember.ts';
import { createStoreAccess, inSession, type StoreAccess, type StoreScope, storeObjectRef } from '../store-access.ts';

/** A store ready to be written to, for one PushSecret's namespace. */
export interface OpenedPushStore {
  /** `Kind/name`, as the status names it. */
  readonly id: string;
  readonly place: PushedPlace;
  readonly writer: SecretWriter;
  /** Put before every key. */
  readonly prefix: string;
}

export interface OpenPushStoresDeps {
  readonly mirror: Mirror;
  readonly writers: SecretWriters;
}

/** Opens stores for one batch of PushSecrets. A store need not be ready: pushing to it tells whether it is. */
export interface PushStores extends Pick<StoreAccess, 'find' | 'isForeign'> {
  /** Stores of a kind that objects in `namespace` may use. */
  list(kind: StoreRef['kind'], namespace: string, signal?: AbortSignal): Promise<readonly MirroredObject[]>;
  /** @throws SyncError - not valid, not allowed from this namespace, or no session; in the reference's words */
  open(place: PushedPlace, namespace: string, signal?: AbortSignal): Promise<OpenedPushStore>;
  /**
   * The same for what was pushed and is to be removed. Conditions count for nothing once their namespace is gone: nobody
   * could use them any more to let what was pushed from there be removed.
   */
  openToRemove(place: PushedPlace, namespace: string, signal?: AbortSignal): Promise<OpenedPushStore>;
}

export const createPushStores = (deps: OpenPushStoresDeps, scope: StoreScope): PushStores => {
  const { cluster, client, guard } = scope;
  const access = createStoreAccess(deps.mirror, scope);
  const lists = remember<readonly MirroredObject[]>();
  const writers = remember<SecretWriter>();
  const namespaces = remember<boolean>();

  const openWriter = async (place: PushedPlace, namespace: string, signal?: AbortSignal): Promise<OpenedPushStore> => {
    const { aws, ...store } = parseValidStore(asObject(place, namespace));
    const plan = planIdentity({ store: { ...store, aws }, cluster, namespace, access: 'write' });
    const settings = { secretsManager: aws.secretsManager };
    const writer = await writers(JSON.stringify([plan, settings]), async () => {
      const credentials = await access.findCredentials(plan, signal);
      return guard.guardWriter(await inSession(() => deps.writers.open(plan, { credentials, settings }, signal)));
    });
    const prefix = writer.location.service === 'acm' ? '' : aws.prefix;
    return { id: syncedStore(place), place, writer, prefix };
  };

  const isGone = (name: string, signal?: AbortSignal): Promise<boolean> =>
    namespaces(name, async () => {
      const ref = { kind: 'Namespace', namespace: '', name } as const;
      return (await client.readObject(ref, signal)) === undefined;
    });

  const admit = (place: PushedPlace, namespace: string, signal?: AbortSignal): Promise<void> =>
    access.admitNamespace(parseStoreSettings(asObject(place, namespace)), namespace, signal);

  return {
    find: access.find,
    isForeign: access.isForeign,
    list: async (kind, namespace, signal) => {
      const all = await lists(kind, () => deps.mirror.list(cluster.name, kind, signal));
      return kind === 'ClusterSecretStore' ? all : all.filter(({ ref }) => ref.namespace === namespace);
    },
    open: async (place, namespace, signal) => {
      await admit(place, namespace, signal);
      return openWriter(place, namespace, signal);
    },
    openToRemove: async (place, namespace, signal) => {
      const bound =
        place.kind === 'ClusterSecretStore' && parseStoreSettings(asObject(place, namespace)).conditions.length > 0;
      if (!(bound && (await isGone(namespace, signal)))) await admit(place, namespace, signal);
      return openWriter(place, namespace, signal);
    },
  };
};

export const placeOf = ({ ref, spec }: Pick<MirroredObject, 'ref' | 'spec'>): PushedPlace => ({
  kind: ref.kind === 'ClusterSecretStore' ? 'ClusterSecretStore' : 'SecretStore',
  name: ref.name,
  spec,
});

/** The one way in which a remote key is called, however it was written: what tells keys apart. */
export const remoteKeyOf = ({ writer: { location } }: Pick<OpenedPushStore, 'writer'>, name: string): RemoteKey =>
  remoteKeysFor(name, location)[0] ?? { ...location, name };

const asObject = (place: PushedPlace, namespace: string): MirroredObject => ({
  ref: storeObjectRef(place, namespace),
  uid: '',
  resourceVersion: '0',
  generation: 0,
  labels: {},
  annotations: {},
  finalizers: [],
  spec: place.spec,
});
