import {
  baseName,
  explainAssumeRole,
  explainWebIdentity,
  roleOfSession,
  type Signer,
} from '../../domain/doctor/identity.ts';
import type { IdentityPlan, RoleHop } from '../../domain/identity-plan.ts';
import { StoreAccessDeniedError } from '../../domain/sync-error.ts';
import type { BaseCredentials, SecretReader } from '../ports/secret-reader.ts';
import { recordOf } from './record.ts';
import type { StoreWalk, StoreWalkDeps } from './store-job.ts';
import type { Found, Walk } from './walk.ts';

export interface ChainJob {
  readonly job: StoreWalk;
  readonly plan: IdentityPlan;
  readonly credentials: BaseCredentials | undefined;
}

/** A chain that leads to a reader, or one that only the service itself may walk. */
export type OpenedChain =
  | { readonly reader: SecretReader; readonly as: Signer }
  | { readonly reader?: undefined; readonly as: Signer };

/** One link: what stands at its end, and who stands before it. */
interface Link {
  readonly role: RoleHop;
  readonly signer: Signer;
  /** The chain up to here. */
  readonly plan: IdentityPlan;
}

/** Assumes role after role; the first that is refused ends it. */
export const openChain = async (
  walk: Walk,
  deps: StoreWalkDeps,
  { job, plan, credentials }: ChainJob,
): Promise<OpenedChain | undefined> => {
  let chain: OpenedChain | undefined = await openBase(walk, deps, { job, plan, credentials });
  for (const link of chain?.reader === undefined ? [] : linksAfter(plan)) {
    const opened: SecretReader | undefined = await walk.attempt({
      hop: 'assume-role',
      of: link.role.roleArn,
      attempted: `sts:AssumeRole on ${link.role.roleArn}`,
      as: link.signer.name,
      run: () => openLink(deps, link, { job, credentials }),
      explain: ({ message }) => explainAssumeRole(message, link.role, link.signer),
    });
    if (opened === undefined) return undefined;
    chain = { reader: opened, as: { name: link.role.roleArn, arn: link.role.roleArn } };
  }
  return chain;
};

const openLink = async (
  { readers }: StoreWalkDeps,
  { role, plan }: Link,
  { job, credentials }: Pick<ChainJob, 'job' | 'credentials'>,
): Promise<Found<SecretReader>> => {
  const reader = await readers.open(plan, credentials, job.signal);
  return { found: reader, said: `a session of ${role.roleArn}, account ${reader.location.account}` };
};

const linksAfter = (plan: IdentityPlan): readonly Link[] =>
  plan.hops.map((role, index) => ({
    role,
    signer: signerBefore(plan, index),
    plan: { ...plan, hops: plan.hops.slice(0, index + 1) },
  }));

const signerBefore = ({ base, hops }: IdentityPlan, index: number): Signer => {
  const before = hops[index - 1]?.roleArn ?? (base.type === 'default-role' ? base.roleArn : undefined);
  return before === undefined ? { name: baseName(base) } : { name: before, arn: before };
};

/** The first session, of the default role, the service account's, or of keys, which were proven already. */
const openBase = (walk: Walk, deps: StoreWalkDeps, chain: ChainJob): Promise<OpenedChain | undefined> => {
  const { job, plan, credentials } = chain;
  const { base } = plan;
  const first = { ...plan, hops: [] };
  const open = () => deps.readers.open(first, credentials, job.signal);
  switch (base.type) {
    case 'static':
      return open().then((reader) => ({ reader, as: { name: baseName(base) } }));
    case 'service-account':
      return walk.attempt({
        hop: 'assume-role',
        of: baseName(base),
        attempted: `the cluster's token of ${baseName(base)}, and sts:AssumeRoleWithWebIdentity with it`,
        as: baseName(base),
        run: async () => {
          const reader = await open();
          const said = `a session of the role of ${baseName(base)}, account ${reader.location.account}`;
          return { found: { reader, as: { name: `the role of ${baseName(base)}` } }, said };
        },
        explain: ({ message }) => explainWebIdentity(message, plan),
      });
    case 'default-role':
      return openDefaultRole(walk, deps, { job, base, open });
  }
};

interface DefaultRole {
  readonly job: StoreWalk;
  readonly base: Extract<IdentityPlan['base'], { type: 'default-role' }>;
  readonly open: () => Promise<SecretReader>;
}

/**
 * The default role trusts the service, and whoever looks only by accident. Where it does not, what the service was
 * answered itself is worth more than what we are.
 */
const openDefaultRole = (
  walk: Walk,
  { states }: StoreWalkDeps,
  { job, base, open }: DefaultRole,
): Promise<OpenedChain | undefined> => {
  const { roleArn, sessionTags } = base;
  const role: RoleHop = { roleArn, sessionTags, transitiveTagKeys: [] };
  const as = { name: roleArn, arn: roleArn };
  const service: Signer = { name: job.readingRole, arn: job.readingRole };
  return walk.attempt<OpenedChain>({
    hop: 'assume-role',
    of: roleArn,
    attempted: `sts:AssumeRole on ${roleArn}`,
    as: `you, ${job.you}`,
    run: async () => {
      try {
        const reader = await open();
        return { found: { reader, as }, said: `a session of ${roleArn}, account ${reader.location.account}` };
      } catch (error) {
        if (!(error instanceof StoreAccessDeniedError)) throw error;
        const record = recordOf(await states.get(job.cluster.name, job.ref), job.ref);
        if (record.outcome === 'ready')
          return {
            found: { as },
            said: `by the service, which says that the store is valid; you may not assume it yourself`,
          };
        const text = record.outcome === 'failing' ? record.text : '';
        if (!text.includes('AssumeRole')) return { trouble: explainAssumeRole(error.message, role, service) };
        return { trouble: { ...explainAssumeRole(text, role, service), as: roleOfSession(job.readingRole) } };
      }
    },
    explain: ({ message }) => explainAssumeRole(message, role, service),
  });
};
