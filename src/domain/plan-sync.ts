import type { ExternalSecret } from './external-secret.ts';
import { getsContent, planTarget, type TargetPlan } from './plan-target.ts';
import type { SecretData, TargetContent } from './target-content.ts';
import { TargetRefusedError } from './target-error.ts';
import { owningExternalSecret } from './target-ownership.ts';
import type { TargetSecret } from './target-secret.ts';

/** What became of one pass, in the reference's words. */
export interface ReadyOutcome {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export type SyncPlan =
  | { readonly target: TargetPlan; readonly ready: ReadyOutcome }
  | {
      readonly target: { readonly action: 'delete'; readonly existing: TargetSecret };
      readonly ready: ReadyOutcome;
    };

export interface SyncFacts {
  readonly es: ExternalSecret;
  readonly existing: TargetSecret | undefined;
  /** Everything the provider holds for it, keys as they shall appear in the Secret. */
  readonly data: SecretData;
}

export const SYNCED: ReadyOutcome = { status: 'True', reason: 'SecretSynced', message: 'secret synced' };
const RETAINED: ReadyOutcome = { ...SYNCED, message: 'secret retained due to DeletionPolicy=Retain' };
const DELETED: ReadyOutcome = {
  status: 'True',
  reason: 'SecretDeleted',
  message: 'secret deleted due to DeletionPolicy=Delete',
};
const MISSING: ReadyOutcome = {
  status: 'True',
  reason: 'SecretMissing',
  message: 'secret will not be created due to CreationPolicy=Merge',
};

/** Whether the plan makes use of content; where not, no template is rendered. */
export const needsContent = ({ es, existing, data }: SyncFacts): boolean =>
  (data.size > 0 || es.target.deletionPolicy === 'Merge') && getsContent(es, existing);

/**
 * From what was observed to what shall be done. Pure, so that it can also be shown without being done.
 * @param content - what the data come to, the template rendered
 * @throws TargetRefusedError - a rule forbids touching the target
 */
export const planSync = (facts: SyncFacts, content: TargetContent): SyncPlan => {
  const { es, existing, data } = facts;
  if (data.size === 0 && es.target.deletionPolicy === 'Delete') return planDeletion(facts);
  if (data.size === 0 && es.target.deletionPolicy === 'Retain') return { target: { action: 'none' }, ready: RETAINED };
  const target = planTarget(es, existing, content);
  return { target, ready: target.action === 'missing' ? MISSING : SYNCED };
};

/** Only what this ExternalSecret controls is deleted: a Secret of the same name that somebody else made is not ours. */
const planDeletion = ({ es, existing }: SyncFacts): SyncPlan => {
  if (es.target.creationPolicy !== 'Owner')
    throw refuseDeletion(es, `creationPolicy=${es.target.creationPolicy} is not Owner`);
  if (existing === undefined) return { target: { action: 'none' }, ready: DELETED };
  if (owningExternalSecret(existing)?.name !== es.name)
    throw refuseDeletion(es, `it is not controlled by ExternalSecret ${es.name}`);
  return { target: { action: 'delete', existing }, ready: DELETED };
};

const refuseDeletion = (es: ExternalSecret, why: string): TargetRefusedError =>
  new TargetRefusedError('could not delete secret', `unable to delete secret ${es.target.name}: ${why}`);
