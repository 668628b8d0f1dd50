import { fieldManagerFor } from '../domain/hashes.ts';
import type { ManifestRef, ManifestTarget } from '../domain/manifest-target.ts';
import {
  isManifestValid,
  kindOf,
  type ManifestPlan,
  planManifest,
  planManifestDeletion,
} from '../domain/plan-manifest.ts';
import type { ReadyOutcome } from '../domain/plan-sync.ts';
import { SyncError } from '../domain/sync-error.ts';
import { deleting, refuseGone, TargetWriteError, writing } from './carry-out.ts';
import {
  type CarriedOut,
  type Ingredients,
  notAsRead,
  type ObservedTarget,
  type ObserveTarget,
} from './observed-target.ts';
import type { ClusterClient, Written } from './ports/cluster-client.ts';
import { renderManifest } from './render-manifest.ts';
import type { ExternalSecretPass } from './sync-pass.ts';

const SYNCED: ReadyOutcome = { status: 'True', reason: 'ResourceSynced', message: 'secret synced' };
const RETAINED: ReadyOutcome = { ...SYNCED, message: 'secret retained due to DeletionPolicy=Retain' };
const DELETED: ReadyOutcome = {
  status: 'True',
  reason: 'ResourceDeleted',
  message: 'secret deleted due to DeletionPolicy=Delete',
};
const MISSING: ReadyOutcome = {
  status: 'True',
  reason: 'ResourceMissing',
  message: 'resource will not be created due to CreationPolicy=Merge',
};

/** A target of any other kind. Nobody watches those: it is read at each interval, and edits are put right then. */
export const observeManifest: ObserveTarget = async (pass, client, reading): Promise<ObservedTarget> => {
  const { es } = pass;
  const { apiVersion = '', kind = '' } = es.target.manifest ?? {};
  const existing = await readTarget(
    client,
    { apiVersion, kind, namespace: es.namespace, name: es.target.name },
    reading,
  );
  return {
    found: existing && toState(existing, existing),
    isValid: isManifestValid(es, existing),
    bringAbout: async ({ data, rendering, mayWrite, beforeWrite, now }, signal) => {
      const work = { pass, client, mayWrite, beforeWrite, now };
      if (data.size === 0 && es.target.deletionPolicy === 'Retain')
        return { wrote: false, events: [], ready: RETAINED };
      if (data.size === 0 && es.target.deletionPolicy === 'Delete')
        return { ...(await carry(work, planManifestDeletion(es, existing), signal)), ready: DELETED };
      const content = await renderManifest({ es, existing, data }, rendering, signal);
      const plan = planManifest(es, existing, content);
      const carried = await carry(work, plan, signal);
      return { ...carried, ready: plan.action === 'missing' ? MISSING : SYNCED };
    },
  };
};

const readTarget = async (
  client: ClusterClient,
  ref: ManifestRef,
  signal?: AbortSignal,
): Promise<ManifestTarget | undefined> => {
  try {
    return await client.readManifest(ref, signal);
  } catch (error) {
    throw error instanceof SyncError ? new TargetWriteError('could not get target resource', '', error) : error;
  }
};

interface Work extends Pick<Ingredients, 'mayWrite' | 'beforeWrite' | 'now'> {
  readonly pass: ExternalSecretPass;
  readonly client: ClusterClient;
}

const carry = async (work: Work, plan: ManifestPlan, signal?: AbortSignal): Promise<CarriedOut> => {
  const { pass, client, mayWrite, beforeWrite } = work;
  if (plan.action === 'none' || plan.action === 'missing') return { wrote: false, events: [] };
  if (!mayWrite) throw notAsRead();
  await beforeWrite(signal);
  const manager = fieldManagerFor(pass.es.name);
  const checked = { client, object: pass.object, now: work.now };
  const named = `${kindOf(pass.es)} ${pass.es.target.name}`;
  switch (plan.action) {
    case 'create': {
      const written = await writing('', async () => {
        await refuseGone(checked, signal);
        return client.createManifest(plan.object, manager, signal);
      });
      return done(plan.object, written, ['Created', named]);
    }
    case 'update': {
      const doing = `unable to update ${named}: `;
      const written = await writing(doing, () => client.replaceManifest(plan.object, manager, signal));
      return done(plan.object, written, ['Updated', named]);
    }
    case 'delete': {
      const { ref, uid, resourceVersion } = plan.object;
      await deleting('could not delete secret', async () => {
        await refuseGone(checked, signal);
        await client.deleteManifest(ref, { uid, resourceVersion }, signal);
      });
      return { wrote: true, events: [{ type: 'Normal', reason: 'Deleted', message: `Deleted ${named}` }] };
    }
  }
};

const done = (object: ManifestTarget, written: Written, [reason, named]: readonly [string, string]): CarriedOut => ({
  target: toState(object, written),
  wrote: true,
  events: [{ type: 'Normal', reason, message: `${reason} ${named}` }],
});

const toState = ({ ref }: Pick<ManifestTarget, 'ref'>, { uid, resourceVersion }: Written) => ({
  name: ref.name,
  uid,
  resourceVersion,
});
