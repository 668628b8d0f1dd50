import type { Cluster } from './cluster.ts';
import type { IdentityBase, SecretKeyRef, SessionTag } from './identity-plan.ts';
import { NotAllowedError } from './not-allowed-error.ts';
import { isRegionName } from './region-name.ts';
import type { SecretSelector, ServiceAccountSelector, StaticAuth } from './secret-store.ts';
import { InvalidSpecError } from './sync-error.ts';

/** Whose registration bounds an identity. */
export type IdentityCluster = Pick<Cluster, 'name' | 'identity' | 'connection'>;

/** A store or generator that asks for an identity, and for whom. */
export interface IdentityOwner {
  readonly kind: string;
  readonly name: string;
  /** Its member that holds `auth`, `region` and roles. */
  readonly field: 'spec' | 'spec.provider.aws';
  readonly cluster: IdentityCluster;
  /** Of the object that reads or writes. Empty while a ClusterSecretStore is validated. */
  readonly namespace: string;
  /** What it is for: writing has a role of its own. @default read */
  readonly access?: Access | undefined;
}

export type Access = 'read' | 'write';

/**
 * The hub's way in: what stands for the reference's own identity.
 * @throws NotAllowedError - the cluster has no such role; the message says what to do
 */
export const planDefaultRole = (owner: IdentityOwner): IdentityBase => {
  const { sessionTags, defaultRole, pushRole } = owner.cluster.identity;
  const roleArn = owner.access === 'write' ? pushRole : defaultRole;
  if (roleArn === undefined) throw noRole(owner);
  return { type: 'default-role', roleArn, sessionTags: sessionTags ? hubSessionTags(owner) : [] };
};

const noRole = ({ kind, name, field, cluster, access }: IdentityOwner): NotAllowedError =>
  access === 'write'
    ? new NotAllowedError(
        'NoPushRole',
        `pushing needs a role: ${kind} "${name}" has no auth and cluster "${cluster.name}" no push role: register the cluster with --push-role, or set ${field}.auth`,
      )
    : new NotAllowedError(
        'NoDefaultRole',
        `${kind} "${name}" has no auth and cluster "${cluster.name}" no default role: register the cluster with --default-role, or set ${field}.auth`,
      );

/** What a role's policies may rely on; the kind is in, since a SecretStore may be named like a ClusterSecretStore. */
export const hubSessionTags = ({ kind, name, cluster, namespace }: IdentityOwner): readonly SessionTag[] => [
  { key: 'cluster', value: cluster.name },
  { key: 'namespace', value: namespace },
  { key: 'store', value: `${kind}/${name}` },
];

/**
 * Keys out of Secrets of the cluster.
 * @param toKeyRef - which namespace a selector means
 * @throws InvalidSpecError - a required selector is missing
 */
export const planStaticKeys = (
  { field }: Pick<IdentityOwner, 'field'>,
  auth: StaticAuth,
  toKeyRef: (selector: SecretSelector) => SecretKeyRef,
): IdentityBase => {
  const required = (member: 'accessKeyIDSecretRef' | 'secretAccessKeySecretRef'): SecretKeyRef => {
    const selector = auth[member];
    if (selector === undefined) throw new InvalidSpecError(`${field}.auth.secretRef.${member} is missing`);
    return toKeyRef(selector);
  };
  return {
    type: 'static',
    secretAccessKey: required('secretAccessKeySecretRef'),
    accessKeyId: required('accessKeyIDSecretRef'),
    ...(auth.sessionTokenSecretRef === undefined ? {} : { sessionToken: toKeyRef(auth.sessionTokenSecretRef) }),
  };
};

/**
 * What a pod of a service account would get.
 * @param toNamespace - where the account is
 * @throws InvalidSpecError - no account is named
 */
export const planServiceAccount = (
  { field }: Pick<IdentityOwner, 'field'>,
  selector: ServiceAccountSelector | undefined,
  toNamespace: (selector: ServiceAccountSelector) => string,
): IdentityBase => {
  if (selector === undefined) throw new InvalidSpecError(`${field}.auth.jwt.serviceAccountRef is missing`);
  const { name, audiences } = selector;
  return { type: 'service-account', namespace: toNamespace(selector), name, audiences };
};

/** Without a Region of its own it works where its cluster is, as an operator in that cluster would. */
export const planRegion = ({ field, cluster: { connection } }: IdentityOwner, region: string): string => {
  const used = region === '' && connection.type === 'eks' ? connection.region : region;
  if (!isRegionName(used)) throw new InvalidSpecError(`region not found: ${used || `${field}.region is empty`}`);
  return used;
};
