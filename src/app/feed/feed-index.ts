import { type CredentialRef, credentialSecretsOf } from '../../domain/feed-change.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { formatRef, isServed, type ObjectRef, type ServedRef } from '../../domain/object-ref.ts';
import { storeRefsIn, targetNameOf } from '../../domain/parse-external-secret.ts';
import { CLUSTER_EXTERNAL_SECRET, CLUSTER_PUSH_SECRET } from '../../domain/provisioner.ts';
import { type KnownProvisioner, provisionersConcerned, provisionersOf, toKnownProvisioner } from './provisioners.ts';
import { type Concerned, type Pusher, pushersConcerned, pushersTo, type SeenSecret, toPusher } from './pushers.ts';

/** What the feed knows of one cluster while it watches it, to tell from a Secret or Namespace whom it concerns. */
export interface FeedIndex {
  get(ref: ObjectRef): MirroredObject | undefined;
  put(object: MirroredObject): void;
  remove(ref: ObjectRef): void;
  /** Objects of one kind, in one namespace where it is not empty. */
  list(kind: string, namespace: string): readonly MirroredObject[];
  /** ExternalSecrets that write this Secret. */
  writersOf(namespace: string, secretName: string): readonly ServedRef[];
  /** Stores that take their AWS keys from this Secret. */
  storesUsing(namespace: string, secretName: string): readonly ServedRef[];
  /** Of a namespace, what reads or pushes through a ClusterSecretStore; of those, the ones whose keys a Secret holds. */
  clusterStoreReaders(namespace: string, secretName?: string): readonly ServedRef[];
  /** ClusterExternalSecrets and ClusterPushSecrets that select a Namespace, by the labels given. */
  provisionersOf(namespace: MirroredObject): readonly ServedRef[];
  /** Of them, those that the change of an ExternalSecret or PushSecret concerns; `now` undefined: it is gone. */
  provisionersConcerned(before: MirroredObject | undefined, now: MirroredObject | undefined): readonly ServedRef[];
  /** PushSecrets that a Secret may concern. */
  pushersConcerned(secret: SeenSecret): readonly Concerned[];
  /** PushSecrets that push to one of these stores, by the labels given. */
  pushersTo(...stores: readonly MirroredObject[]): readonly ServedRef[];
}

/** An object with what its spec says about others, worked out once: a busy cluster's Secrets change many times a second. */
type Entry =
  | {
      readonly kind: 'ExternalSecret';
      readonly object: MirroredObject;
      readonly target: string;
      readonly clusterStores: readonly string[];
    }
  | { readonly kind: 'store'; readonly object: MirroredObject; readonly credentials: readonly CredentialRef[] }
  | ({ readonly kind: 'pusher' } & Pusher)
  | ({ readonly kind: 'provisioner' } & KnownProvisioner)
  | { readonly kind: 'other'; readonly object: MirroredObject };

export const createFeedIndex = (known: readonly MirroredObject[]): FeedIndex => {
  const entries = new Map(known.map((object) => [formatRef(object.ref), toEntry(object)]));
  const externalSecrets = (namespace: string) =>
    [...entries.values()].flatMap((entry) =>
      entry.kind === 'ExternalSecret' && entry.object.ref.namespace === namespace ? [entry] : [],
    );
  const storesWithKeysIn = (namespace: string, secretName: string) =>
    [...entries.values()].flatMap((entry) =>
      entry.kind === 'store' && entry.credentials.some((ref) => ref.namespace === namespace && ref.name === secretName)
        ? [entry]
        : [],
    );
  const pushers = () => [...entries.values()].filter((entry) => entry.kind === 'pusher');
  const pushersWithin = (namespace: string) => pushers().filter(({ object }) => object.ref.namespace === namespace);
  const provisioners = () => [...entries.values()].filter((entry) => entry.kind === 'provisioner');

  return {
    get: (ref) => entries.get(formatRef(ref))?.object,
    put: (object) => void entries.set(formatRef(object.ref), toEntry(object)),
    remove: (ref) => void entries.delete(formatRef(ref)),
    list: (kind, namespace) =>
      [...entries.values()]
        .map(({ object }) => object)
        .filter(({ ref }) => ref.kind === kind && (namespace === '' || ref.namespace === namespace)),
    writersOf: (namespace, secretName) =>
      served(externalSecrets(namespace).filter(({ target }) => target === secretName)),
    storesUsing: (namespace, secretName) => served(storesWithKeysIn(namespace, secretName)),
    clusterStoreReaders: (namespace, secretName) => {
      const readers = externalSecrets(namespace).filter(({ clusterStores }) => clusterStores.length > 0);
      if (secretName === undefined)
        return served([...readers, ...pushersWithin(namespace).filter(isThroughClusterStore)]);
      const stores = storesWithKeysIn('*', secretName).map(({ object }) => object);
      const names = stores.map(({ ref }) => ref.name);
      return [
        ...served(readers.filter(({ clusterStores }) => clusterStores.some((store) => names.includes(store)))),
        ...pushersTo(pushersWithin(namespace), stores),
      ];
    },
    provisionersOf: (namespace) => provisionersOf(provisioners(), namespace),
    provisionersConcerned: (before, now) => {
      const name = (now ?? before)?.ref.namespace ?? '';
      const namespace = entries.get(formatRef({ kind: 'Namespace', namespace: '', name }))?.object;
      return provisionersConcerned(provisioners(), { before, now, namespace });
    },
    pushersConcerned: (secret) => pushersConcerned(pushers(), secret),
    pushersTo: (...stores) => pushersTo(pushers(), stores),
  };
};

const toEntry = (object: MirroredObject): Entry => {
  switch (object.ref.kind) {
    case 'ExternalSecret': {
      const stores = storeRefsIn(object).filter(({ kind }) => kind === 'ClusterSecretStore');
      const clusterStores = stores.map(({ name }) => name);
      return { kind: 'ExternalSecret', object, target: targetNameOf(object), clusterStores };
    }
    case 'SecretStore':
    case 'ClusterSecretStore':
      return { kind: 'store', object, credentials: credentialSecretsOf(object) };
    case 'PushSecret':
      return { kind: 'pusher', ...toPusher(object) };
    case 'ClusterExternalSecret':
      return { kind: 'provisioner', ...toKnownProvisioner(object, CLUSTER_EXTERNAL_SECRET) };
    case 'ClusterPushSecret':
      return { kind: 'provisioner', ...toKnownProvisioner(object, CLUSTER_PUSH_SECRET) };
    default:
      return { kind: 'other', object };
  }
};

const isThroughClusterStore = ({ interest }: Pusher): boolean =>
  interest.stores.some(({ kind }) => kind === 'ClusterSecretStore');

const served = (entries: readonly { readonly object: MirroredObject }[]): readonly ServedRef[] =>
  entries.flatMap(({ object: { ref } }) => (isServed(ref) ? [ref] : []));
