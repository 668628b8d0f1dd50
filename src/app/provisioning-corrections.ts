import { afterCorrection, type Contest, correctableAt, standing } from '../domain/contest.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { lastOtherManager } from '../domain/owned-fields.ts';
import type { Pass } from './sync-pass.ts';

/** As the reference's requests are recorded, so that a cluster that moves shows one manager and not two. */
export const PROVISIONING_MANAGER = 'external-secrets';

/** Who keeps changing back the children of a provisioner, namespace by namespace. */
export interface ProvisioningCorrections {
  /** The next correction in this namespace has to wait; not for a person, nor for an edit of the provisioner. */
  isHeldBack(namespace: string): boolean;
  /**
   * The contest after the namespace's child is written; undefined for a write that does more than put back what
   * was there before.
   * @param existing - what is replaced; undefined: it had been deleted
   */
  after(namespace: string, existing: MirroredObject | undefined): Contest | undefined;
}

/** @param generation - of the provisioner that is carried out */
export const createProvisioningCorrections = (
  { state, status, cause, startedAt }: Pick<Pass, 'state' | 'status' | 'cause' | 'startedAt'>,
  generation: number,
): ProvisioningCorrections => {
  const known = state?.provisioning;
  const isSameWish = known?.generation === generation;
  const going = (namespace: string): Contest | undefined => standing(known?.contests[namespace], startedAt);
  return {
    isHeldBack: (namespace) => {
      const contest = going(namespace);
      return contest !== undefined && isSameWish && cause.type !== 'person' && startedAt < correctableAt(contest);
    },
    after: (namespace, existing) => {
      const wasThere = status.provisionedNamespaces?.includes(namespace) === true || going(namespace) !== undefined;
      if (!isSameWish || !wasThere) return undefined;
      const by = lastOtherManager({ managedFields: existing?.managedFields ?? [] }, PROVISIONING_MANAGER);
      return afterCorrection(going(namespace), { now: startedAt, by });
    },
  };
};
