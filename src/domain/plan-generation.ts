import type { AwsGenerator, TokenRequest } from './aws-generator.ts';
import {
  type IdentityCluster,
  type IdentityOwner,
  planDefaultRole,
  planRegion,
  planStaticKeys,
  refuseRoles,
} from './identity-base.ts';
import type { IdentityBase, IdentityPlan, RoleHop } from './identity-plan.ts';
import { InvalidSpecError, UnsupportedError } from './sync-error.ts';

/** What is asked of AWS, where, and as whom: everything an adapter needs to generate. */
export interface GenerationPlan extends Pick<IdentityPlan, 'region' | 'base' | 'hops'> {
  readonly request: TokenRequest;
}

interface GenerationRequest {
  readonly generator: AwsGenerator;
  readonly cluster: IdentityCluster;
  /** Of the object whose values are generated; keys are taken from there whatever a selector says. */
  readonly namespace: string;
}

/**
 * Who generates, decided before any call, as for stores: within what the cluster's registration allows.
 * @throws InvalidSpecError, UnsupportedError, StoreAccessDeniedError
 */
export const planGeneration = ({ generator, cluster, namespace }: GenerationRequest): GenerationPlan => {
  const { kind, name } = generator.ref;
  const owner: IdentityOwner = { kind, name, field: 'spec', cluster, namespace };
  const base = planBase(generator, owner);
  const hops = planHops(generator.role);
  refuseRoles(base, hops, cluster);
  return { request: generator.request, region: planRegion(owner, generator.region), base, hops };
};

const planBase = ({ jwt, secretRef, request }: AwsGenerator, owner: IdentityOwner): IdentityBase => {
  if (jwt && request.type === 'session')
    throw new InvalidSpecError('jwt auth cannot be used for STS Session Token generation');
  if (jwt) throw new UnsupportedError(`${owner.field}.auth.jwt of ${owner.kind} ${owner.name}`);
  if (secretRef !== undefined)
    return planStaticKeys(owner, secretRef, ({ name, key }) => ({ namespace: owner.namespace, name, key }));
  if (request.type === 'session') throw new InvalidSpecError(withoutKeys(owner));
  return planDefaultRole(owner);
};

/** AWS makes sessions from long-lived keys only; and no session of the hub's is ever handed to a tenant. */
const withoutKeys = ({ kind, name, field }: IdentityOwner): string =>
  `${kind} ${name} has no ${field}.auth.secretRef: a session token is made from the keys of an IAM user, not from a role`;

const planHops = (role: string): readonly RoleHop[] =>
  role === '' ? [] : [{ roleArn: role, sessionTags: [], transitiveTagKeys: [] }];
