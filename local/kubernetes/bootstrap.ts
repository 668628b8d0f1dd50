import { randomUUID } from 'node:crypto';
import type { JsonObject } from './json.ts';
import { toTimestamp } from './object-meta.ts';
import { keyOf } from './resource-type.ts';
import type { Store } from './store.ts';

const RBAC = 'rbac.authorization.k8s.io';
const RBAC_V1 = `${RBAC}/v1`;

const identity = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  uid: randomUUID(),
  creationTimestamp: toTimestamp(new Date()),
  ...more,
});

const DEFAULTS_LABEL = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const EVERYTHING = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const EVERY_PATH = { nonResourceURLs: ['*'], verbs: ['*'] };
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const DISCOVERY_PATHS = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
];
const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version', '/version/'];

const CLUSTER_ROLES: Readonly<Record<string, readonly JsonObject[]>> = {
  'cluster-admin': [EVERYTHING, EVERY_PATH],
  admin: [
    { apiGroups: [''], resources: ['configmaps', 'events', 'secrets', 'serviceaccounts'], verbs: [...READ, ...WRITE] },
    { apiGroups: [RBAC], resources: ['roles', 'rolebindings'], verbs: [...READ, ...WRITE] },
    { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  ],
  edit: [
    { apiGroups: [''], resources: ['configmaps', 'events', 'secrets', 'serviceaccounts'], verbs: [...READ, ...WRITE] },
    { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  ],
  view: [
    { apiGroups: [''], resources: ['configmaps', 'events', 'namespaces', 'pods', 'serviceaccounts'], verbs: READ },
  ],
  'system:basic-user': [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ],
  'system:discovery': [{ nonResourceURLs: DISCOVERY_PATHS, verbs: ['get'] }],
  'system:public-info-viewer': [{ nonResourceURLs: PUBLIC_PATHS, verbs: ['get'] }],
  'system:service-account-issuer-discovery': [
    { nonResourceURLs: ['/.well-known/openid-configuration', '/openid/v1/jwks'], verbs: ['get'] },
  ],
};

/** Cluster roles and the groups that have them from the start. */
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['system:masters'],
  'system:basic-user': ['system:authenticated'],
  'system:discovery': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
  'system:service-account-issuer-discovery': ['system:serviceaccounts'],
};

const namespace = (name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: identity(name, { labels: { 'kubernetes.io/metadata.name': name } }),
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

/** What every cluster begins with: its namespaces, and the default roles and bindings. */
export const fillNewCluster = (store: Store): void => {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    store.put('/namespaces', keyOf('', name), namespace(name));
  }
  for (const [name, rules] of Object.entries(CLUSTER_ROLES)) {
    const metadata = identity(name, { labels: DEFAULTS_LABEL });
    store.put(`${RBAC}/clusterroles`, keyOf('', name), { apiVersion: RBAC_V1, kind: 'ClusterRole', metadata, rules });
  }
  for (const [name, groups] of Object.entries(BINDINGS)) {
    store.put(`${RBAC}/clusterrolebindings`, keyOf('', name), {
      apiVersion: RBAC_V1,
      kind: 'ClusterRoleBinding',
      metadata: identity(name, { labels: DEFAULTS_LABEL }),
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: groups.map((group) => ({ apiGroup: RBAC, kind: 'Group', name: group })),
    });
  }
};
