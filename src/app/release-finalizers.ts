import { newestVersion } from '../domain/mirrored-object.ts';
import { isServedStore } from '../domain/secret-store.ts';
import { hasForeign, sourcesIn } from './claim.ts';
import { isTellable } from './failure.ts';
import type { SyncBatch } from './open-stores.ts';
import type { ClusterClient } from './ports/cluster-client.ts';
import type { Log } from './ports/runtime.ts';
import type { Pass } from './sync-pass.ts';
import { wholeObject } from './whole-object.ts';

/** Left by the reference operator. A hub that is away must never block the deletion of an object or a namespace. */
const REFERENCE_FINALIZERS: ReadonlySet<string> = new Set([
  'externalsecrets.external-secrets.io/externalsecret-cleanup',
  'externalsecrets.external-secrets.io/clusterexternalsecret-cleanup',
  'secretstore.externalsecrets.io/finalizer',
  'pushsecret.externalsecrets.io/finalizer',
]);

/**
 * Takes the reference's finalizers off an object of ours; on one of another controller they are that controller's.
 * A failure is left to the next pass: the sync itself can go on.
 */
export const releaseFinalizers = (batch: SyncBatch, pass: Pass, log: Log): Promise<Pass> =>
  releaseUnlessForeign(batch.scope.client, pass, { log, isForeign: () => isForeign(batch, pass) });

interface Releasing {
  readonly log: Log;
  readonly isForeign: () => Promise<boolean>;
}

export const releaseUnlessForeign = async (
  client: Pick<ClusterClient, 'setFinalizers'>,
  pass: Pass,
  { log, isForeign: isOthers }: Releasing,
): Promise<Pass> => {
  const { object, ref, state } = pass;
  const kept = object.finalizers.filter((finalizer) => !REFERENCE_FINALIZERS.has(finalizer));
  if (kept.length === object.finalizers.length) return pass;
  try {
    if (await isOthers()) return pass;
    const resourceVersion = newestVersion(object.resourceVersion, state?.objectResourceVersion);
    const written = await client.setFinalizers({ ...ref, resourceVersion }, kept);
    return { ...pass, object: { ...object, finalizers: kept, resourceVersion: written.resourceVersion } };
  } catch (error) {
    if (!isTellable(error)) throw error;
    log.warn('finalizers not removed', { ...ref, reason: error.reason });
    return pass;
  }
};

const isForeign = async (batch: SyncBatch, { object, ref }: Pass): Promise<boolean> => {
  const { cluster, client } = batch.scope;
  switch (ref.kind) {
    case 'SecretStore':
    case 'ClusterSecretStore':
      return !isServedStore(object, cluster.controllerClass);
    case 'ExternalSecret': {
      const sources = sourcesIn(await wholeObject(client, object));
      return hasForeign(batch, { sources, namespace: ref.namespace });
    }
    case 'ClusterExternalSecret':
    case 'ClusterPushSecret':
      return false;
    case 'PushSecret':
      return true; // what it pushed is cleaned up first
  }
};
