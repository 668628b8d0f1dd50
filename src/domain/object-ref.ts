/** The kinds of the External Secrets API that are served. Their spelling is the API's. */
export type Kind =
  | 'ExternalSecret'
  | 'SecretStore'
  | 'ClusterSecretStore'
  | 'ClusterExternalSecret'
  | 'PushSecret'
  | 'ClusterPushSecret';

/** All of them, in the order people list them. */
export const KINDS = [
  'ExternalSecret',
  'SecretStore',
  'ClusterSecretStore',
  'ClusterExternalSecret',
  'PushSecret',
  'ClusterPushSecret',
] as const satisfies readonly Kind[];

/** Kinds whose objects are in no namespace. */
export const isClusterScoped = (kind: Kind): boolean =>
  kind === 'ClusterSecretStore' || kind === 'ClusterExternalSecret' || kind === 'ClusterPushSecret';

/** Kinds that write to AWS. A cluster may go without them: it then has no definitions of theirs, or grants no right to them. */
export const PUSHING_KINDS = ['PushSecret', 'ClusterPushSecret'] as const satisfies readonly Kind[];

export const isPushing = (kind: WatchedKind): boolean => kind === 'PushSecret' || kind === 'ClusterPushSecret';

/** Kinds the feed watches besides the served ones; of a Secret only its metadata is seen. */
export type WatchedKind = Kind | 'Namespace' | 'Secret';

/** Names one object in one cluster. `namespace` is empty for cluster-scoped kinds. */
export interface ObjectRef {
  readonly kind: WatchedKind;
  readonly namespace: string;
  readonly name: string;
}

/** A served object: what a reconcile message may name. */
export interface ServedRef extends ObjectRef {
  readonly kind: Kind;
}

const SERVED_KINDS: ReadonlySet<string> = new Set(KINDS);

export const isServed = (ref: ObjectRef): ref is ServedRef => isServedKind(ref);

/** `Kind/namespace/name`, or `Kind/name` of a cluster-scoped kind: for logs and map keys. */
export const formatRef = (ref: ObjectRef): string => `${ref.kind}/${formatPlace(ref)}`;

/** `namespace/name`, or `name` of a cluster-scoped kind: as commands take it. */
export const formatPlace = ({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): string =>
  namespace === '' ? name : `${namespace}/${name}`;

/** Reads back what {@link formatRef} wrote of a served object. */
export const parseRef = (text: string): ServedRef => {
  const [kind = '', ...rest] = text.split('/');
  const [namespace = '', name = ''] = rest.length === 1 ? ['', ...rest] : rest;
  const ref = { kind, namespace, name };
  if (!isServedKind(ref)) throw new TypeError(`not the name of a served object: ${text}`);
  return ref;
};

const isServedKind = <T extends { readonly kind: string }>(ref: T): ref is T & { readonly kind: Kind } =>
  SERVED_KINDS.has(ref.kind);
