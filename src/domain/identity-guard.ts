import type { Cluster } from './cluster.ts';
import { servesNamespace } from './cluster.ts';
import type { Access } from './identity-base.ts';
import type { IdentityBase, RoleHop, SecretKeyRef, SessionTag } from './identity-plan.ts';
import { NotAllowedError, type RefusalReason } from './not-allowed-error.ts';
import { isOwnSecret } from './own-secret.ts';
import { isCertificateArn, parseSecretArn, type RemoteKey, remoteKeysFor, type StoreLocation } from './remote-key.ts';
import { isSameRole, parseRoleArn, type RoleArn } from './role-arn.ts';
import { isRoleAllowed } from './role-patterns.ts';
import { InvalidSpecError } from './sync-error.ts';

/** What of a registration bounds its tenants. */
export type Limits = Pick<Cluster, 'name' | 'identity'>;

/**
 * Roles that stores name. Those on the hub's chains must match a pattern; those on the tenant's own are its own affair.
 * @throws InvalidSpecError - not the ARN of a role
 * @throws NotAllowedError
 */
export const refuseRoles = (base: IdentityBase, hops: readonly RoleHop[], { name, identity }: Limits): void => {
  for (const { roleArn } of hops) {
    parseNamedRole(roleArn);
    if (base.type === 'default-role' && !isRoleAllowed(roleArn, identity.allowRoles))
      throw refusal('RoleNotAllowed', `stores of cluster "${name}" may not use role ${roleArn}`, identity.allowRoles);
  }
};

/**
 * The service's own roles, and those that sign in to clusters, are nobody else's on any chain, whatever a pattern says:
 * they may assume, and reach, what no tenant may.
 * @throws InvalidSpecError - not the ARN of a role
 * @throws NotAllowedError
 */
export const refuseOwnRoles = (named: readonly string[], own: readonly RoleArn[], { name, identity }: Limits): void => {
  for (const roleArn of named) {
    const role = parseNamedRole(roleArn);
    if (own.some((one) => isSameRole(one, role)))
      throw refusal(
        'RoleNotAllowed',
        `stores of cluster "${name}" may not use role ${roleArn}, which is the service's own`,
        identity.allowRoles,
      );
  }
};

/**
 * Session tags by which policies tell tenants apart. On a chain of the hub a store may set one only to what it is: whoever
 * trusts the hub to say who asks would else believe the asker. IAM compares their keys without case.
 * @param truth - what each such tag says of this store and its user
 * @throws NotAllowedError
 */
export const refuseFalseTags = (
  base: IdentityBase,
  hops: readonly RoleHop[],
  { truth, name }: { readonly truth: readonly SessionTag[]; readonly name: string },
): void => {
  if (base.type !== 'default-role') return;
  const values = new Map(truth.map(({ key, value }) => [key.toLowerCase(), value]));
  for (const { key, value } of hops.flatMap(({ sessionTags }) => sessionTags)) {
    const real = values.get(key.toLowerCase());
    if (real !== undefined && real !== value)
      throw refusal('TagNotAllowed', `stores of cluster "${name}" may not set session tag ${key} to ${value}`, [
        JSON.stringify(real),
      ]);
  }
};

/** @throws NotAllowedError */
export const refuseService = (service: string, { name, identity: { allowServices } }: Limits): void => {
  if (allowServices !== undefined && !allowServices.includes(service))
    throw refusal('ServiceNotAllowed', `stores of cluster "${name}" may not use service ${service}`, allowServices);
};

/**
 * A registration for some namespaces takes no credentials from another: who may write there is not its tenant.
 * @throws NotAllowedError
 */
export const refuseCredentials = (base: IdentityBase, cluster: Pick<Cluster, 'name' | 'namespaces'>): void => {
  const outside = namespacesOf(base).find((namespace) => !servesNamespace(cluster, namespace));
  if (outside !== undefined)
    throw refusal(
      'NamespaceNotAllowed',
      `stores of cluster "${cluster.name}" may not take credentials from namespace ${outside}`,
      cluster.namespaces,
    );
};

/**
 * A key, the store's prefix included, as it will be sent. A plain prefix allows names in the account, Region and service
 * where the store reads; an ARN as a prefix those where it says. What can be read in two ways must be allowed in both.
 * What opens clusters is nobody's, whatever a prefix says and whatever the identity may.
 * @throws NotAllowedError
 */
export const refuseKey = (
  key: string,
  location: StoreLocation,
  { access = 'read', ...limits }: Limits & { readonly access?: Access },
): void => {
  const { name, identity } = limits;
  const read = remoteKeysFor(key, location);
  const meant = read.flatMap(throughReference);
  for (const { service } of meant) refuseService(service, limits);
  const { allowKeys } = identity;
  const refuse = (why = '') =>
    refusal('KeyNotAllowed', `stores of cluster "${name}" may not ${access} key ${key}${why}`, allowedKeys(allowKeys));
  if ([key, ...meant.map((one) => one.name)].some(isOwnSecret)) throw refuse(", which is the service's own");
  if (allowKeys === undefined) return;
  const service = read.some(isReference) ? 'secretsmanager' : location.service;
  const prefixes = allowKeys.map((prefix) => parseSecretArn(prefix) ?? { ...location, service, name: prefix });
  if (isUnreadableArn(key, location) || !meant.every((one) => prefixes.some((prefix) => isWithin(one, prefix))))
    throw refuse();
};

const allowedKeys = (prefixes: readonly string[] = ['']): readonly string[] => prefixes.map((prefix) => `${prefix}*`);

const parseNamedRole = (roleArn: string): RoleArn => {
  const role = parseRoleArn(roleArn);
  if (role === undefined)
    throw new InvalidSpecError(`role ${roleArn} is not the ARN of a role: arn:aws:iam::111122223333:role/NAME`);
  return role;
};

const namespacesOf = (base: IdentityBase): readonly string[] => {
  switch (base.type) {
    case 'default-role':
      return [];
    case 'service-account':
      return [base.namespace];
    case 'static':
      return [base.accessKeyId, base.secretAccessKey, base.sessionToken].flatMap((ref?: SecretKeyRef) =>
        ref === undefined ? [] : [ref.namespace],
      );
  }
};

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html */
const REFERENCE = /^\/?aws\/reference\/secretsmanager\//i;

/** Parameter Store reads Secrets Manager for whoever asks under this path. */
const isReference = ({ service, name }: RemoteKey): boolean => service === 'ssm' && REFERENCE.test(name);

const throughReference = (key: RemoteKey): readonly RemoteKey[] =>
  isReference(key) ? remoteKeysFor(key.name.replace(REFERENCE, ''), { ...key, service: 'secretsmanager' }) : [key];

/** AWS may understand what we do not. */
const isUnreadableArn = (key: string, { service }: StoreLocation): boolean =>
  /^arn:/i.test(key) && parseSecretArn(key) === undefined && !(service === 'acm' && isCertificateArn(key));

const isWithin = (key: RemoteKey, prefix: RemoteKey): boolean =>
  key.account === prefix.account &&
  key.region === prefix.region &&
  key.service === prefix.service &&
  key.name.startsWith(prefix.name);

const refusal = (reason: RefusalReason, what: string, allowed: readonly string[]): NotAllowedError =>
  new NotAllowedError(reason, `${what}; allowed: ${allowed.length === 0 ? 'none' : allowed.join(', ')}`);
