import type { ExternalSecret } from '../domain/external-secret.ts';
import { planSync, type SyncPlan } from '../domain/plan-sync.ts';
import { isTargetValid } from '../domain/plan-target.ts';
import { carryOut } from './carry-out.ts';
import { contestAfter, isHeldBack } from './corrections.ts';
import { notAsRead, type ObserveTarget } from './observed-target.ts';
import { renderContent } from './render-content.ts';
import type { ExternalSecretPass } from './sync-pass.ts';

/** The Secret that an ExternalSecret is about. */
export const observeSecret: ObserveTarget = async (pass, client, reading) => {
  const { es } = pass;
  const existing = await client.readSecret({ namespace: es.namespace, name: es.target.name }, reading);
  return {
    found: existing && { name: existing.name, uid: existing.uid, resourceVersion: existing.resourceVersion },
    isValid: isTargetValid(es, existing),
    bringAbout: async ({ data, versions, rendering, mayWrite, beforeWrite, now }, signal) => {
      const facts = { es, existing, data };
      const plan = planSync(facts, await renderContent(facts, rendering, signal));
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
