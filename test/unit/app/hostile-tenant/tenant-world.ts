import type { IdentityLimits } from '../../../../src/domain/cluster.ts';
import type { ServedRef } from '../../../../src/domain/object-ref.ts';
import { DEFAULT_ROLE, data, externalSecret, NAMESPACE, values } from '../../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../../support/fake-secrets.ts';
import { createWorld, type World } from '../../../support/world.ts';

export type Spec = Readonly<Record<string, unknown>>;

export const STORE: ServedRef = { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' };
export const role = (name: string, account = FAKE_ACCOUNT) => `arn:aws:iam::${account}:role/${name}`;
export const ALL_ROLES: IdentityLimits = { defaultRole: DEFAULT_ROLE, allowRoles: ['*'], sessionTags: true };
export const TEAM_ROLES: IdentityLimits = { ...ALL_ROLES, allowRoles: [role('team-a-*')] };
export const TEAM_KEYS: IdentityLimits = { ...ALL_ROLES, allowKeys: ['team-a/'] };
export const STORES = 'stores of cluster "one"';
export const keysIn = (namespace?: string): Spec => {
  const at = (key: string) => ({ name: 'keys', key, ...(namespace === undefined ? {} : { namespace }) });
  return { auth: { secretRef: { accessKeyIDSecretRef: at('id'), secretAccessKeySecretRef: at('secret') } } };
};
export const asAccount = (namespace?: string): Spec => ({
  auth: { jwt: { serviceAccountRef: { name: 'reader', ...(namespace === undefined ? {} : { namespace }) } } },
});

/** A cluster of a tenant that may read `team-a/db`, beside secrets of others and what opens them. */
export const tenantWorld = async (
  identity: IdentityLimits = TEAM_KEYS,
  namespaces: readonly string[] = [],
  genericTargets = false,
): Promise<World> => {
  const world = await createWorld({ identity, namespaces }, genericTargets);
  for (const key of ['team-a/db', 'team-b/db', 'prod/db']) world.secrets.manager.put(key, { text: `value of ${key}` });
  world.secrets.parameters.put('/aws/reference/secretsmanager/team-b/db', 'value of team-b/db');
  world.cluster().putSecret({ namespace: 'team-b', name: 'keys' }, { data: values({ id: 'AKIATEAMB', secret: 's' }) });
  world
    .cluster()
    .serviceAccounts.put({ namespace: 'team-b', name: 'reader' }, { 'eks.amazonaws.com/role-arn': role('team-b') });
  return world;
};

export const reading = (key: string, more: Spec = {}) =>
  externalSecret({ spec: { data: [data('password', { key })], ...more } });
