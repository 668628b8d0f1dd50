import { newestVersion } from '../domain/mirrored-object.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import { type ObjectStatus, sameStatus } from '../domain/status.ts';
import { SyncError, WriteConflictError } from '../domain/sync-error.ts';
import type { ClusterClient, ObjectEvent } from './ports/cluster-client.ts';
import type { Log } from './ports/runtime.ts';
import type { Pass } from './sync-pass.ts';

interface TellDeps {
  readonly log: Log;
}

/** @returns the object's resourceVersion afterwards; undefined when the status could not be written */
export const tellStatus = async (
  deps: TellDeps,
  client: ClusterClient,
  { pass, status }: { readonly pass: Pass; readonly status: ObjectStatus },
): Promise<string | undefined> => {
  let resourceVersion = newestVersion(pass.object.resourceVersion, pass.state?.objectResourceVersion);
  if (sameStatus(status, pass.status)) return resourceVersion;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      return (await client.replaceStatus({ ...pass.ref, resourceVersion }, status)).resourceVersion;
    } catch (error) {
      if (!(error instanceof WriteConflictError)) return untold(deps, pass.ref, error);
    }
    const current = await client.readObject(pass.ref);
    if (current === undefined || current.uid !== pass.object.uid) return resourceVersion; // gone: nobody to tell
    resourceVersion = current.resourceVersion;
  }
  return undefined;
};

const untold = ({ log }: TellDeps, ref: ObjectRef, error: unknown): undefined => {
  if (!(error instanceof SyncError)) throw error;
  log.warn('status not written', { ...ref, reason: error.reason, error: error.message });
  return undefined;
};

/** An event that cannot be recorded is lost and nothing more: the condition says what matters. */
export const tellEvents = async (
  { log }: TellDeps,
  client: ClusterClient,
  { pass, events }: { readonly pass: Pass; readonly events: readonly ObjectEvent[] },
): Promise<void> => {
  const { uid, resourceVersion } = pass.object;
  for (const event of events) {
    try {
      await client.recordEvent({ ...pass.ref, uid, resourceVersion }, event);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      log.warn('event not recorded', { ...pass.ref, reason: error.reason });
    }
  }
};
