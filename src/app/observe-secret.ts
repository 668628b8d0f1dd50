import type { ExternalSecret } from '../domain/external-secret.ts';
import { planSync, type SyncPlan } from '../domain/plan-sync.ts';
import { isTargetValid } from '../domain/plan-target.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import { carryOut } from './carry-out.ts';
import { contestAfter, isHeldBack } from './corrections.ts';
import { notAsRead, type ObservedTarget, type ObserveTarget } from './observed-target.ts';
import type { ClusterClient } from './ports/cluster-client.ts';
import { renderContent } from './render-content.ts';
import type { ExternalSecretPass } from './sync-pass.ts';

/** The Secret that an ExternalSecret is about. */
export const observeSecret: ObserveTarget = async (pass, client, reading) => {
  const { es } = pass;
  const existing = await client.readSecret({ namespace: es.namespace, name: es.target.name }, reading);
  return toObserved({ pass, client, existing, isSeen: true });
};

/**
 * A Secret that is not looked for, since it is not expected: creating it is refused where there is one, which is the same
 * precondition as the version of one that was seen. Whatever else than creating it comes of that, it is looked for first.
 */
export const presumeNoSecret = (pass: ExternalSecretPass, client: ClusterClient): ObservedTarget =>
  toObserved({ pass, client, existing: undefined, isSeen: false });

interface Observation {
  readonly pass: ExternalSecretPass;
  readonly client: ClusterClient;
  readonly existing: TargetSecret | undefined;
  readonly isSeen: boolean;
}

const toObserved = ({ pass, client, existing, isSeen }: Observation): ObservedTarget => {
  const { es } = pass;
  return {
    found: existing && { name: existing.name, uid: existing.uid, resourceVersion: existing.resourceVersion },
    isValid: isSeen && isTargetValid(es, existing),
    bringAbout: async ({ data, versions, rendering, mayWrite, beforeWrite, now }, signal) => {
      const facts = { es, existing, data };
      const plan = planSync(facts, await renderContent(facts, rendering, signal));
      if (!isSeen && plan.target.action !== 'create') throw notAsRead();
      const contest = contestAfter(pass, { plan, existing, versions });
      if (contest !== undefined && isHeldBack(pass)) return undefined;
      const previousName = previousNameOf(pass);
      if (!mayWrite && (plan.target.action !== 'none' || previousName !== es.target.name)) throw notAsRead();
      if (isWritten(plan, previousName, es)) await beforeWrite(signal);
      const carried = await carryOut({ es, object: pass.object, existing, previousName, plan, client, now }, signal);
      return { ...carried, ready: plan.ready, ...(contest === undefined ? {} : { contest }) };
    },
  };
};

/** Empty where passes ended that could not say what they had made: it may have any name. */
const previousNameOf = ({ state, status }: ExternalSecretPass): string | undefined =>
  state?.target?.name ?? status.binding?.name ?? (state === undefined ? undefined : '');

/** Earlier names of the target are cleared away. */
const isWritten = ({ target }: SyncPlan, previousName: string | undefined, es: ExternalSecret): boolean =>
  !['none', 'missing'].includes(target.action) || (previousName ?? es.target.name) !== es.target.name;
