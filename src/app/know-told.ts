import { parseStatus } from '../domain/parse-status.ts';
import type { Condition } from '../domain/status.ts';
import { SyncError } from '../domain/sync-error.ts';
import type { ClusterClient } from './ports/cluster-client.ts';
import type { Pass } from './sync-pass.ts';

/**
 * The pass with the conditions that the cluster really holds. A delivery that ended between telling and remembering left
 * one behind that the state knows nothing of, and that would stay: what is told is compared with what was remembered.
 * What was synced is taken from the state all the same: nothing that is not remembered counts as done.
 * While the cluster cannot be asked, no condition counts as told, so that whatever comes of the pass is told anew.
 */
export const knowTold = async (client: ClusterClient, pass: Pass, signal?: AbortSignal): Promise<Pass> => {
  try {
    const object = await client.readObject(pass.ref, signal);
    if (object?.uid !== pass.object.uid) return pass;
    return withTold(
      { ...pass, object: { ...pass.object, resourceVersion: object.resourceVersion } },
      parseStatus(object).conditions,
    );
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return withTold(pass, []);
  }
};

const withTold = (pass: Pass, conditions: readonly Condition[]): Pass => ({
  ...pass,
  status: { ...pass.status, conditions },
});
