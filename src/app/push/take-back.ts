import { afterObject } from '../../domain/push/pushed-memory.ts';
import { isTellable } from '../failure.ts';
import type { Log } from '../ports/runtime.ts';
import { adopt } from './adopt.ts';
import { inStep } from './push-error.ts';
import { type PushOneDeps, type PushWork, remove } from './push-one.ts';
import type { PushOutcome } from './push-pass.ts';

export interface TakingBack extends PushWork {
  /** Takes the reference's finalizers off. */
  readonly release: () => Promise<void>;
  /** What was pushed goes with the object. */
  readonly deletes: boolean;
}

/**
 * An object that is being deleted. What it pushed is remembered as nobody's before the object is let go: a hub that is away
 * must never block a namespace, and from then on what is remembered is all there is to find it by.
 */
export const takeBack = async (deps: PushOneDeps & { readonly log: Log }, work: TakingBack): Promise<PushOutcome> => {
  const { progress, batch, signal } = work;
  try {
    progress.pushed = await adopt(progress, batch, signal);
  } catch (error) {
    if (!isTellable(error)) throw error;
    const { ref, status } = progress.pass;
    const stores = Object.keys(status.syncedPushSecrets ?? {});
    deps.log.warn('what another pushed is not removed', { ...ref, stores, reason: error.reason, error: error.message });
  }
  progress.pushed = afterObject(progress.pushed, work.deletes);
  await work.remember();
  await work.release();
  await inStep('Failed to Delete Secrets from Provider: ', () => remove(deps, work));
  await work.remember();
  return { type: 'left-alone' };
};
