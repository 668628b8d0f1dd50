import {
  type Access,
  hubSessionTags,
  type IdentityCluster,
  type IdentityOwner,
  planDefaultRole,
  planRegion,
  planServiceAccount,
  planStaticKeys,
} from './identity-base.ts';
import { refuseFalseTags, refuseRoles, refuseService } from './identity-guard.ts';
import type { IdentityBase, IdentityPlan, RoleHop, SecretKeyRef, SessionTag } from './identity-plan.ts';
import { planRetry } from './plan-retry.ts';
import type { SecretService } from './remote-key.ts';
import type { AwsProvider, SecretSelector, SecretStore } from './secret-store.ts';
import { automaticTags, storeSessionTags } from './store-session-tags.ts';
import { InvalidSpecError } from './sync-error.ts';

export interface IdentityRequest {
  readonly store: SecretStore;
  readonly cluster: IdentityCluster;
  /** Of the object that uses the store. Empty while a ClusterSecretStore is validated. */
  readonly namespace: string;
  /** @default read */
  readonly access?: Access;
}

/**
 * Who reads or writes through a store, decided before any call: what the store asks for, within what its cluster's registration
 * lets it ask.
 * @throws InvalidSpecError - settings that cannot work
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
  const region = planRegion(ownerOf(request), store.aws.region);
  return { service, region, base, hops, retry: planRetry(store) };
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
  if (service === 'CertificateManager') return 'acm';
  throw new InvalidSpecError(`unknown AWS Provider Service: ${service}`);
};

/** What our own session tags, and the automatic ones of stores, say. */
const identifyingTags = (request: IdentityRequest): readonly SessionTag[] => [
  ...hubSessionTags(ownerOf(request)),
  ...automaticTags(request.store, request.namespace),
];

const ownerOf = ({ store, cluster, namespace, access }: IdentityRequest): IdentityOwner => {
  const { kind, name } = store;
  return { kind, name, field: 'spec.provider.aws', cluster, namespace, access };
};

const planBase = (request: IdentityRequest): IdentityBase => {
  const { auth } = request.store.aws;
  const owner = ownerOf(request);
  if (auth?.jwt !== undefined)
    return planServiceAccount(owner, auth.jwt.serviceAccountRef, (selector) => namespaceOf(selector, request));
  if (auth?.secretRef === undefined) return planDefaultRole(owner);
  return planStaticKeys(owner, auth.secretRef, (selector) => toKeyRef(selector, request));
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

const isUnset = (namespace: string | undefined): namespace is '' | undefined =>
  namespace === undefined || namespace === '';
