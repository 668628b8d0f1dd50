import type { AwsGenerator, TokenRequest } from './aws-generator.ts';
import {
  type Access,
  type IdentityCluster,
  type IdentityOwner,
  planDefaultRole,
  planRegion,
  planServiceAccount,
  planStaticKeys,
} from './identity-base.ts';
import { refuseRoles, refuseService } from './identity-guard.ts';
import type { IdentityBase, IdentityPlan, RoleHop } from './identity-plan.ts';
import { InvalidSpecError } from './sync-error.ts';

/** What is asked of AWS, where, and as whom: everything an adapter needs to generate. */
export interface GenerationPlan extends Pick<IdentityPlan, 'region' | 'base' | 'hops'> {
  readonly request: TokenRequest;
  /** Must be found too, though nothing begins with it: a service account named beside keys. */
  readonly alsoFound?: IdentityBase;
}

interface GenerationRequest {
  readonly generator: AwsGenerator;
  readonly cluster: IdentityCluster;
  /** Of the object whose values are generated; keys and accounts are of there whatever a selector says. */
  readonly namespace: string;
  /** What the values are for. @default read */
  readonly access?: Access | undefined;
}

/** Services by the names a registration allows them by. */
const ISSUERS = { registry: 'ecr', session: 'sts' } as const satisfies Record<TokenRequest['type'], string>;

/**
 * Who generates, decided before any call, as for stores: within what the cluster's registration allows.
 * @throws InvalidSpecError, NotAllowedError
 */
export const planGeneration = ({ generator, cluster, namespace, access }: GenerationRequest): GenerationPlan => {
  const { kind, name } = generator.ref;
  const owner: IdentityOwner = { kind, name, field: 'spec', cluster, namespace, access };
  const account = planAccount(generator, owner);
  const keys = planKeys(generator, owner);
  const base = keys ?? account ?? planDefault(generator, owner);
  const hops = planHops(generator.role);
  refuseRoles(base, hops, cluster);
  refuseService(ISSUERS[generator.request.type], cluster);
  const both = keys !== undefined && account !== undefined;
  return {
    request: generator.request,
    region: planRegion(owner, generator.region),
    base,
    hops,
    ...(both ? { alsoFound: account } : {}),
  };
};

const planAccount = ({ jwt, request }: AwsGenerator, owner: IdentityOwner): IdentityBase | undefined => {
  if (jwt === undefined) return undefined;
  if (request.type === 'session')
    throw new InvalidSpecError('jwt auth cannot be used for STS Session Token generation');
  return planServiceAccount(owner, jwt.serviceAccountRef, () => owner.namespace);
};

/** Of keys and a service account, a store takes the account; a generator takes the keys. */
const planKeys = ({ secretRef }: AwsGenerator, owner: IdentityOwner): IdentityBase | undefined =>
  secretRef && planStaticKeys(owner, secretRef, ({ name, key }) => ({ namespace: owner.namespace, name, key }));

const planDefault = ({ request }: AwsGenerator, owner: IdentityOwner): IdentityBase => {
  if (request.type === 'session') throw new InvalidSpecError(withoutKeys(owner));
  return planDefaultRole(owner);
};

/** AWS makes sessions from long-lived keys only; and no session of the hub's is ever handed to a tenant. */
const withoutKeys = ({ kind, name, field }: IdentityOwner): string =>
  `${kind} ${name} has no ${field}.auth.secretRef: a session token is made from the keys of an IAM user, not from a role`;

const planHops = (role: string): readonly RoleHop[] =>
  role === '' ? [] : [{ roleArn: role, sessionTags: [], transitiveTagKeys: [] }];
