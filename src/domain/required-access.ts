import { servesKind } from './cluster.ts';

/** Who the service is in a cluster, and where it acts. */
export interface AccessOptions {
  /** Kubernetes group of the service's identity: what the access entry, or the token, puts it in. */
  readonly group: string;
  /** Kubernetes user, bound besides the group. @default none */
  readonly user?: string;
  /** Namespaces the service acts in. Empty: all. */
  readonly namespaces: readonly string[];
  /** Service accounts whose tokens stores may ask for (`auth.jwt`). No other account's token can be made. */
  readonly serviceAccounts: readonly { readonly namespace: string; readonly name: string }[];
}

/** One thing the service does in a cluster, as an access review asks for it. */
export interface RequiredAccess {
  /** API group, empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  /** Absent: in all namespaces, or the resource has none. */
  readonly namespace?: string;
  /** Absent: any object. */
  readonly name?: string;
  /** What stops working without it, for the operator. */
  readonly why: string;
  /** For kinds a cluster may go without: {@link isPushing}. Nothing else stops working without it. */
  readonly optional?: true;
}

interface Need {
  readonly group: string;
  readonly resources: readonly string[];
  readonly subresource?: string;
  readonly verbs: readonly string[];
  readonly why: string;
  readonly optional?: true;
}

const EXTERNAL_SECRETS = 'external-secrets.io';
const GENERATORS = 'generators.external-secrets.io';
const CORE = '';
const READ = ['get', 'list', 'watch'];

/** Events about objects without a namespace are kept in this one. */
const EVENTS_OF_CLUSTER_OBJECTS = 'default';

const events: Need = {
  group: CORE,
  resources: ['events'],
  verbs: ['create', 'patch'],
  why: 'tell the owner of an object what happened to it',
};

const namespacedNeeds: readonly Need[] = [
  {
    group: EXTERNAL_SECRETS,
    resources: ['externalsecrets', 'secretstores'],
    verbs: READ,
    why: 'see ExternalSecrets and SecretStores, and their changes',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['externalsecrets', 'secretstores'],
    verbs: ['patch'],
    why: 'remove finalizers an operator left behind, which would block deletion',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['externalsecrets', 'secretstores'],
    subresource: 'status',
    verbs: ['get', 'update', 'patch'],
    why: 'report conditions on ExternalSecrets and SecretStores',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['externalsecrets'],
    subresource: 'finalizers',
    verbs: ['update'],
    why: 'own the Secrets of ExternalSecrets where the cluster guards owner references',
  },
  {
    group: GENERATORS,
    resources: ['ecrauthorizationtokens', 'stssessiontokens'],
    verbs: ['get'],
    why: 'make what ExternalSecrets take from generators',
  },
  {
    group: CORE,
    resources: ['secrets'],
    verbs: [...READ, 'create', 'update', 'delete'],
    why: 'keep target Secrets, and read the credentials stores refer to',
  },
  {
    group: CORE,
    resources: ['configmaps'],
    verbs: ['get'],
    why: 'read the templates that templateFrom refers to',
  },
  events,
];

const pushingNeeds: readonly Need[] = [
  {
    group: EXTERNAL_SECRETS,
    resources: ['pushsecrets'],
    verbs: READ,
    why: 'see PushSecrets, and their changes',
    optional: true,
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['pushsecrets'],
    verbs: ['patch'],
    why: 'remove finalizers an operator left behind on PushSecrets, which would block deletion',
    optional: true,
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['pushsecrets'],
    subresource: 'status',
    verbs: ['get', 'update', 'patch'],
    why: 'report conditions on PushSecrets',
    optional: true,
  },
];

const clusterNeeds: readonly Need[] = [
  {
    group: EXTERNAL_SECRETS,
    resources: ['clustersecretstores'],
    verbs: READ,
    why: 'see ClusterSecretStores, and their changes',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clustersecretstores'],
    verbs: ['patch'],
    why: 'remove finalizers an operator left behind, which would block deletion',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clustersecretstores'],
    subresource: 'status',
    verbs: ['get', 'update', 'patch'],
    why: 'report conditions on ClusterSecretStores',
  },
  {
    group: GENERATORS,
    resources: ['clustergenerators'],
    verbs: ['get'],
    why: 'make what ExternalSecrets take from ClusterGenerators',
  },
  {
    group: CORE,
    resources: ['namespaces'],
    verbs: READ,
    why: 'judge which namespaces are selected, and recognise the cluster by the uid of kube-system',
  },
];

/** Of a ClusterExternalSecret, which reaches into whatever namespace its selectors say. */
const provisioningNeeds: readonly Need[] = [
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterexternalsecrets'],
    verbs: READ,
    why: 'see ClusterExternalSecrets, and their changes',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterexternalsecrets'],
    verbs: ['patch'],
    why: 'remove finalizers an operator left behind, which would block deletion',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterexternalsecrets'],
    subresource: 'status',
    verbs: ['get', 'update', 'patch'],
    why: 'report on ClusterExternalSecrets',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterexternalsecrets'],
    subresource: 'finalizers',
    verbs: ['update'],
    why: 'let ClusterExternalSecrets own their ExternalSecrets where the cluster guards owner references',
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['externalsecrets'],
    verbs: ['create', 'update', 'delete'],
    why: 'keep the ExternalSecrets of ClusterExternalSecrets',
  },
];

/** Of a ClusterPushSecret, likewise. */
const pushProvisioningNeeds: readonly Need[] = [
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterpushsecrets'],
    verbs: READ,
    why: 'see ClusterPushSecrets, and their changes',
    optional: true,
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterpushsecrets'],
    verbs: ['patch'],
    why: 'remove finalizers an operator left behind on ClusterPushSecrets, which would block deletion',
    optional: true,
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterpushsecrets'],
    subresource: 'status',
    verbs: ['get', 'update', 'patch'],
    why: 'report on ClusterPushSecrets',
    optional: true,
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['clusterpushsecrets'],
    subresource: 'finalizers',
    verbs: ['update'],
    why: 'let ClusterPushSecrets own their PushSecrets where the cluster guards owner references',
    optional: true,
  },
  {
    group: EXTERNAL_SECRETS,
    resources: ['pushsecrets'],
    verbs: ['create', 'update', 'delete'],
    why: 'keep the PushSecrets of ClusterPushSecrets',
    optional: true,
  },
];

const expand = (need: Need, namespace?: string): readonly RequiredAccess[] =>
  need.resources.flatMap((resource) =>
    need.verbs.map((verb) => ({
      group: need.group,
      resource,
      ...(need.subresource === undefined ? {} : { subresource: need.subresource }),
      verb,
      ...(namespace === undefined ? {} : { namespace }),
      why: need.why,
      ...(need.optional === undefined ? {} : { optional: need.optional }),
    })),
  );

/** Needs of the namespaces themselves; one entry without a namespace stands for all of them. */
const namespacedAccess = (namespaces: readonly string[]): readonly RequiredAccess[] => {
  const needs = [...namespacedNeeds, ...pushingNeeds];
  if (namespaces.length === 0) return needs.flatMap((need) => expand(need));
  const elsewhere = namespaces.includes(EVENTS_OF_CLUSTER_OBJECTS) ? [] : expand(events, EVENTS_OF_CLUSTER_OBJECTS);
  return [...namespaces.flatMap((namespace) => needs.flatMap((need) => expand(need, namespace))), ...elsewhere];
};

const serviceAccountAccess = ({
  namespace,
  name,
}: AccessOptions['serviceAccounts'][number]): readonly RequiredAccess[] => [
  {
    group: CORE,
    resource: 'serviceaccounts',
    verb: 'get',
    namespace,
    name,
    why: `read the role annotation of ${namespace}/${name}`,
  },
  {
    group: CORE,
    resource: 'serviceaccounts',
    subresource: 'token',
    verb: 'create',
    namespace,
    name,
    why: `read from AWS as ${namespace}/${name}`,
  },
];

/**
 * Everything the service needs in a cluster, one entry for each access review. `rbacManifests` is made from this list.
 * Asking for reviews of one's own access needs no grant.
 */
export const requiredAccess = ({ namespaces, serviceAccounts }: AccessOptions): readonly RequiredAccess[] => [
  ...clusterNeeds.flatMap((need) => expand(need)),
  ...(servesKind({ namespaces }, 'ClusterExternalSecret') ? provisioningNeeds : []).flatMap((need) => expand(need)),
  ...(servesKind({ namespaces }, 'ClusterPushSecret') ? pushProvisioningNeeds : []).flatMap((need) => expand(need)),
  ...namespacedAccess([...new Set(namespaces)]),
  ...serviceAccounts.flatMap(serviceAccountAccess),
];
