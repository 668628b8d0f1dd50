import type { GeneratorObjectKind } from '../../domain/generator-ref.ts';
import type { WatchedKind } from '../../domain/object-ref.ts';
import { ClusterRejectedError } from '../../domain/sync-error.ts';

/** A resource of the Kubernetes API, in the version this service speaks. */
export interface Resource {
  /** `v1` or `group/version` */
  readonly apiVersion: string;
  /** As in paths and RBAC rules. Empty: the list of what the version serves. */
  readonly plural: string;
  readonly namespaced: boolean;
}

const EXTERNAL_SECRETS = 'external-secrets.io/v1';
const PUSHING = 'external-secrets.io/v1alpha1';

export const RESOURCES: Readonly<Record<WatchedKind, Resource>> = {
  ExternalSecret: { apiVersion: EXTERNAL_SECRETS, plural: 'externalsecrets', namespaced: true },
  SecretStore: { apiVersion: EXTERNAL_SECRETS, plural: 'secretstores', namespaced: true },
  ClusterSecretStore: { apiVersion: EXTERNAL_SECRETS, plural: 'clustersecretstores', namespaced: false },
  ClusterExternalSecret: { apiVersion: EXTERNAL_SECRETS, plural: 'clusterexternalsecrets', namespaced: false },
  PushSecret: { apiVersion: PUSHING, plural: 'pushsecrets', namespaced: true },
  ClusterPushSecret: { apiVersion: PUSHING, plural: 'clusterpushsecrets', namespaced: false },
  Namespace: { apiVersion: 'v1', plural: 'namespaces', namespaced: false },
  Secret: { apiVersion: 'v1', plural: 'secrets', namespaced: true },
};

const GENERATORS = 'generators.external-secrets.io/v1alpha1';

export const GENERATOR_RESOURCES: Readonly<Record<GeneratorObjectKind, Resource>> = {
  ECRAuthorizationToken: { apiVersion: GENERATORS, plural: 'ecrauthorizationtokens', namespaced: true },
  STSSessionToken: { apiVersion: GENERATORS, plural: 'stssessiontokens', namespaced: true },
  ClusterGenerator: { apiVersion: GENERATORS, plural: 'clustergenerators', namespaced: false },
};

export const CONFIG_MAPS: Resource = { apiVersion: 'v1', plural: 'configmaps', namespaced: true };

export const EVENTS: Resource = { apiVersion: 'v1', plural: 'events', namespaced: true };

export const SERVICE_ACCOUNTS: Resource = { apiVersion: 'v1', plural: 'serviceaccounts', namespaced: true };

export const ACCESS_REVIEWS: Resource = {
  apiVersion: 'authorization.k8s.io/v1',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
};

/** Where a request goes. `name: undefined` is the collection; an empty name is an error, never the collection. */
export interface Address {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: 'status' | 'token';
}

/** @throws ClusterRejectedError - a name that would lead to another path: `DELETE …/secrets/` deletes them all */
export const pathOf = ({ resource, namespace, name, subresource }: Address): string => {
  const inNamespace = resource.namespaced && namespace !== undefined;
  return [
    resource.apiVersion.includes('/') ? '/apis' : '/api',
    resource.apiVersion,
    ...(inNamespace ? ['namespaces', segment(namespace, 'namespace')] : []),
    ...(resource.plural === '' ? [] : [resource.plural]),
    ...(name === undefined ? [] : [segment(name, `name of ${resource.plural}`)]),
    ...(subresource === undefined ? [] : [subresource]),
  ].join('/');
};

const segment = (text: string, what: string): string => {
  if (text === '' || text === '.' || text === '..') throw new ClusterRejectedError(`not a ${what}: "${text}"`);
  return encodeURIComponent(text);
};

/** `update externalsecrets/status prod/db`, for messages. */
export const describeAddress = ({ resource, namespace, name, subresource }: Address): string => {
  const plural = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const place = resource.namespaced ? (namespace ?? '') : '';
  if (name === undefined) return `${plural} ${place === '' ? 'cluster-wide' : `in namespace ${place}`}`;
  return `${plural} ${place === '' ? name : `${place}/${name}`}`;
};
