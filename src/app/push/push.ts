import type { ReconcileRequest } from '../../domain/message.ts';
import type { ReconcileDeps } from '../reconcile.ts';

export type PushDeps = Omit<ReconcileDeps, 'genericTargets'>;

/** Brings what the PushSecrets of one request name into the state their specs ask for. */
export const createPush =
  ({ registry, log }: PushDeps) =>
  async (request: ReconcileRequest, signal?: AbortSignal): Promise<void> => {
    const cluster = await registry.get(request.cluster, signal);
    log.info('request dropped', { cluster: request.cluster, mode: cluster?.mode ?? 'unregistered' });
  };
