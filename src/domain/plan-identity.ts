import type { Cluster } from './cluster.ts';
import { parseGoDuration } from './go-duration.ts';
import { refuseFalseTags, refuseRoles, refuseService } from './identity-guard.ts';
import type { IdentityBase, IdentityPlan, RoleHop, SecretKeyRef, SessionTag } from './identity-plan.ts';
import { NotAllowedError } from './not-allowed-error.ts';
import { isRegionName } from './region-name.ts';
import type { SecretService } from './remote-key.ts';
import type { AwsProvider, SecretSelector, SecretStore, ServiceAccountSelector, StaticAuth } from './secret-store.ts';
import { automaticTags, storeSessionTags } from './store-session-tags.ts';
import { InvalidSpecError, UnsupportedError } from './sync-error.ts';

/** Attempts of one call when the store does not say. */
const DEFAULT_ATTEMPTS = 3;

export interface IdentityRequest {
  readonly store: SecretStore;
  readonly cluster: Pick<Cluster, 'name' | 'identity' | 'connection'>;
  /** Of the object that reads through the store. Empty while a ClusterSecretStore is validated. */
  readonly namespace: string;
}

/**
 * Who reads through a store, decided before any call: what the store asks for, within what its cluster's registration
 * lets it ask.
 * @throws InvalidSpecError - settings that cannot work
 * @throws UnsupportedError - names the field or service
 * @throws NotAllowedError - the registration does not allow it; the message says what would
 */
export const planIdentity = (request: IdentityRequest): IdentityPlan => {
  const { store, cluster } = request;
  const base = planBase(request);
  const hops = planHops(request);
  const service = serviceOf(store.aws);
  refuseRoles(base, hops, cluster);
  refuseFalseTags(base, hops, { truth: identifyingTags(request), name: cluster.name });
  refuseService(service, cluster);
  return { service, region: regionOf(request), base, hops, retry: planRetry(store) };
};

/**
 * Whether a ClusterSecretStore takes its credentials from the namespace of whoever uses it: then it has no identity of
 * its own, and validating it proves nothing.
 */
export const isReferent = ({ kind, aws: { auth } }: SecretStore): boolean => {
  if (kind !== 'ClusterSecretStore') return false;
  if (auth?.jwt !== undefined) return isUnset(auth.jwt.serviceAccountRef?.namespace);
  return Object.values(auth?.secretRef ?? {}).some((selector) => selector !== undefined && isUnset(selector.namespace));
};

/** Which service a store reads. */
export const serviceOf = ({ service }: Pick<AwsProvider, 'service'>): SecretService => {
  if (service === 'SecretsManager') return 'secretsmanager';
  if (service === 'ParameterStore') return 'ssm';
  if (service === 'CertificateManager') throw new UnsupportedError('service CertificateManager');
  throw new InvalidSpecError(`unknown AWS Provider Service: ${service}`);
};

/** What our own session tags, and the automatic ones of stores, say. */
const identifyingTags = ({ store, cluster, namespace }: IdentityRequest): readonly SessionTag[] => [
  ...hubSessionTags(store, cluster.name, namespace),
  ...automaticTags(store, namespace),
];

/** Without a Region of its own a store reads where its cluster is, as an operator in that cluster would. */
const regionOf = ({ store, cluster: { connection } }: IdentityRequest): string => {
  const { region } = store.aws;
  const used = region === '' && connection.type === 'eks' ? connection.region : region;
  if (!isRegionName(used))
    throw new InvalidSpecError(`region not found: ${used || 'spec.provider.aws.region is empty'}`);
  return used;
};

const planBase = (request: IdentityRequest): IdentityBase => {
  const { auth } = request.store.aws;
  if (auth?.jwt !== undefined) return serviceAccount(auth.jwt.serviceAccountRef, request);
  return auth?.secretRef === undefined ? defaultRole(request) : staticKeys(auth.secretRef, request);
};

const serviceAccount = (selector: ServiceAccountSelector | undefined, request: IdentityRequest): IdentityBase => {
  if (selector === undefined) throw new InvalidSpecError('spec.provider.aws.auth.jwt.serviceAccountRef is missing');
  const { name, audiences } = selector;
  return { type: 'service-account', namespace: namespaceOf(selector, request), name, audiences };
};

const defaultRole = ({ store, cluster, namespace }: IdentityRequest): IdentityBase => {
  const { defaultRole: roleArn, sessionTags } = cluster.identity;
  if (roleArn === undefined)
    throw new NotAllowedError(
      'NoDefaultRole',
      `${store.kind} "${store.name}" has no auth and cluster "${cluster.name}" no default role: register the cluster with --default-role, or set spec.provider.aws.auth`,
    );
  return {
    type: 'default-role',
    roleArn,
    sessionTags: sessionTags ? hubSessionTags(store, cluster.name, namespace) : [],
  };
};

/** What a role's policies may rely on; the kind is in, since a SecretStore may be named like a ClusterSecretStore. */
const hubSessionTags = (store: SecretStore, cluster: string, namespace: string): readonly SessionTag[] => [
  { key: 'cluster', value: cluster },
  { key: 'namespace', value: namespace },
  { key: 'store', value: `${store.kind}/${store.name}` },
];

const staticKeys = (auth: StaticAuth, request: IdentityRequest): IdentityBase => {
  const required = (field: 'accessKeyIDSecretRef' | 'secretAccessKeySecretRef'): SecretKeyRef => {
    const selector = auth[field];
    if (selector === undefined) throw new InvalidSpecError(`spec.provider.aws.auth.secretRef.${field} is missing`);
    return toKeyRef(selector, request);
  };
  return {
    type: 'static',
    secretAccessKey: required('secretAccessKeySecretRef'),
    accessKeyId: required('accessKeyIDSecretRef'),
    ...(auth.sessionTokenSecretRef === undefined
      ? {}
      : { sessionToken: toKeyRef(auth.sessionTokenSecretRef, request) }),
  };
};

const toKeyRef = (selector: SecretSelector, request: IdentityRequest): SecretKeyRef => {
  const { name, key } = selector;
  return { namespace: namespaceOf(selector, request), name, key };
};

/** A SecretStore takes its credentials from its own namespace whatever the selector says. */
const namespaceOf = (
  selector: { readonly namespace?: string | undefined },
  { store, namespace }: IdentityRequest,
): string => {
  if (store.kind === 'SecretStore') return store.namespace;
  const named = isUnset(selector.namespace) ? namespace : selector.namespace;
  if (named === '')
    throw new InvalidSpecError(
      `ClusterSecretStore "${store.name}" takes its credentials from the namespace of its user, and none is given`,
    );
  return named;
};

const planHops = ({ store, namespace }: IdentityRequest): readonly RoleHop[] => {
  const { additionalRoles, role, externalID, transitiveTagKeys } = store.aws;
  const between = additionalRoles.map((roleArn) => ({ roleArn, sessionTags: [], transitiveTagKeys: [] }));
  if (role === '') return between;
  const last: RoleHop = {
    roleArn: role,
    ...(externalID === '' ? {} : { externalId: externalID }),
    sessionTags: storeSessionTags(store, namespace),
    transitiveTagKeys,
  };
  return [...between, last];
};

const planRetry = ({ retrySettings }: SecretStore): IdentityPlan['retry'] => {
  if (retrySettings === undefined) return { maxAttempts: DEFAULT_ATTEMPTS };
  const maxAttempts = Math.max(0, retrySettings.maxRetries ?? DEFAULT_ATTEMPTS);
  const delayMilliseconds = parseRetryInterval(retrySettings.retryInterval);
  return { maxAttempts, ...(delayMilliseconds > 0 ? { delayMilliseconds } : {}) };
};

const parseRetryInterval = (written: string | undefined): number => {
  if (written === undefined) return 0;
  try {
    return parseGoDuration(written);
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    throw new InvalidSpecError(`unable to initialize aws provider: ${error.message}`);
  }
};

const isUnset = (namespace: string | undefined): namespace is '' | undefined =>
  namespace === undefined || namespace === '';
