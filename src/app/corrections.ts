import { afterCorrection, type Contest, correctableAt, standing } from '../domain/contest.ts';
import { fieldManagerFor, syncedResourceVersion } from '../domain/hashes.ts';
import { lastOtherManager } from '../domain/owned-fields.ts';
import type { SyncPlan } from '../domain/plan-sync.ts';
import { sameData } from '../domain/plan-target.ts';
import type { ReadVersion, TargetState } from '../domain/sync-state.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import type { ExternalSecretPass } from './sync-pass.ts';

/** A contested target waits for its next correction; whoever asks for the object in person does not. */
export const isHeldBack = ({ es, state, cause, startedAt }: ExternalSecretPass): boolean => {
  const contest = standing(state?.contest, startedAt);
  if (contest === undefined || cause.type === 'person' || state?.target?.name !== es.target.name) return false;
  return startedAt < correctableAt(contest);
};

interface Planned {
  readonly plan: SyncPlan;
  readonly existing: TargetSecret | undefined;
  /** What the plan was made from. */
  readonly versions: readonly ReadVersion[];
}

/**
 * The contest after a plan is carried out that does no more than put back what we wrote before; undefined for any other:
 * what the object's author or the provider changed is never held back.
 */
export const contestAfter = (pass: ExternalSecretPass, planned: Planned): Contest | undefined => {
  if (!isCorrection(pass, planned)) return undefined;
  return afterCorrection(pass.state?.contest, { now: pass.startedAt, by: whoChanged(pass, planned) });
};

const isCorrection = ({ es, state, status }: ExternalSecretPass, { plan, existing, versions }: Planned): boolean => {
  const { action } = plan.target;
  if (action !== 'create' && action !== 'update') return false;
  return (
    state?.target?.name === es.target.name &&
    isTouched(state.target, existing) &&
    status.syncedResourceVersion === syncedResourceVersion(es) &&
    sameVersions(versions, state.versions)
  );
};

/** Whether somebody else wrote the target, or deleted it, since we last had it right. */
export const isTouched = (known: TargetState, found: Pick<TargetSecret, 'resourceVersion'> | undefined): boolean =>
  known.touched === true || known.resourceVersion !== found?.resourceVersion;

const sameVersions = (a: readonly ReadVersion[], b: readonly ReadVersion[]): boolean =>
  a.length === b.length && a.every(({ id, version }, index) => b[index]?.id === id && b[index].version === version);

/** Undefined when nothing but the hash was outdated: in a shared Secret others may change what is theirs. */
const whoChanged = ({ es }: ExternalSecretPass, { plan, existing }: Planned): string | undefined => {
  if (existing === undefined) return '';
  if (!('secret' in plan.target) || sameData(existing.data, plan.target.secret.data)) return undefined;
  return lastOtherManager(existing, fieldManagerFor(es.name));
};
