import { newestVersion } from '../domain/mirrored-object.ts';
import { SyncError } from '../domain/sync-error.ts';
import type { ClusterScope } from './open-stores.ts';
import type { Log } from './ports/runtime.ts';
import type { Pass } from './sync-pass.ts';

/** Left by the reference operator. A hub that is away must never block the deletion of an object or a namespace. */
const REFERENCE_FINALIZERS: ReadonlySet<string> = new Set([
  'externalsecrets.external-secrets.io/externalsecret-cleanup',
  'externalsecrets.external-secrets.io/clusterexternalsecret-cleanup',
  'secretstore.externalsecrets.io/finalizer',
]);

/** Takes the reference's finalizers off an object. A failure is left to the next pass: the sync itself can go on. */
export const releaseFinalizers = async ({ client }: ClusterScope, pass: Pass, log: Log): Promise<Pass> => {
  const { object, ref, state } = pass;
  const kept = object.finalizers.filter((finalizer) => !REFERENCE_FINALIZERS.has(finalizer));
  if (kept.length === object.finalizers.length) return pass;
  try {
    const resourceVersion = newestVersion(object.resourceVersion, state?.objectResourceVersion);
    const written = await client.setFinalizers({ ...ref, resourceVersion }, kept);
    return { ...pass, object: { ...object, finalizers: kept, resourceVersion: written.resourceVersion } };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    log.warn('finalizers not removed', { ...ref, reason: error.reason });
    return pass;
  }
};
