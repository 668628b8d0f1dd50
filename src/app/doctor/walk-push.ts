import { explainAssumeRole } from '../../domain/doctor/identity.ts';
import { explainPush } from '../../domain/doctor/push.ts';
import type { IdentityPlan, RoleHop } from '../../domain/identity-plan.ts';
import { formatRef } from '../../domain/object-ref.ts';
import { planIdentity } from '../../domain/plan-identity.ts';
import { parseValidStore } from '../../domain/validate-store.ts';
import { recordOfUsers } from './record.ts';
import { registrationRemedy } from './registration-remedy.ts';
import type { StoreWalk, StoreWalkDeps } from './store-job.ts';
import type { Found, Walk } from './walk.ts';

/** Who pushes through a store, and what was answered; nothing is written to find out. Of stores that nobody pushes through, nothing. */
export const walkPush = async (walk: Walk, deps: StoreWalkDeps, job: StoreWalk): Promise<void> => {
  const { cluster, ref, opened, namespace, guard, signal } = job;
  const record = await recordOfUsers(deps.states, { cluster: cluster.name, store: ref, kind: 'PushSecret' });
  if (record.outcome === 'unknown') return;
  await walk.attempt<true>({
    hop: 'push',
    attempted: `pushing through ${formatRef(ref)}, by the record of the service`,
    as: 'the service',
    run: async () => {
      const object = await opened.client.readObject(ref, signal);
      if (object === undefined) return { untried: 'needs store' };
      const store = parseValidStore(object);
      const plan = planIdentity({ store, cluster, namespace: namespace || store.namespace, access: 'write' });
      await guard.admit(plan, signal);
      if (record.outcome === 'ready') return { found: true, said: 'what is pushed through the store is synced' };
      const { text, by } = record;
      return refusedRole(plan, text, job.pushingRole) ?? { trouble: explainPush(text, by) };
    },
    explain: (error) => ({ answer: [error.message], remedy: registrationRemedy(error, cluster) }),
  });
};

/** The push role trusts the service, and whoever looks only by accident: the service's own answer decides. */
const refusedRole = ({ base }: IdentityPlan, text: string, pushingRole: string): Found<true> | undefined => {
  if (base.type !== 'default-role' || !text.includes(`sts:AssumeRole on resource: ${base.roleArn}`)) return undefined;
  const role: RoleHop = { roleArn: base.roleArn, sessionTags: base.sessionTags, transitiveTagKeys: [] };
  return { trouble: explainAssumeRole(text, role, { name: pushingRole, arn: pushingRole }) };
};
