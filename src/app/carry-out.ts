import type { ExternalSecret } from '../domain/external-secret.ts';
import { createdByHash, fieldManagerFor } from '../domain/hashes.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { formatRef } from '../domain/object-ref.ts';
import type { SyncPlan } from '../domain/plan-sync.ts';
import { MANAGED_LABEL, type TargetPlan } from '../domain/plan-target.ts';
import { SyncError, WriteConflictError } from '../domain/sync-error.ts';
import type { TargetState } from '../domain/sync-state.ts';
import type { TargetConditionMessage } from '../domain/target-error.ts';
import { CREATED_BY_LABEL } from '../domain/target-ownership.ts';
import type { TargetSecret } from '../domain/target-secret.ts';
import type { CarriedOut } from './observed-target.ts';
import type { ClusterClient, ObjectEvent, Written } from './ports/cluster-client.ts';

/** A feed that delivered the object this recently is as good as reading it. */
const FRESH_MILLISECONDS = 10_000;

export interface CarryOut {
  readonly es: ExternalSecret;
  readonly object: MirroredObject;
  readonly existing: TargetSecret | undefined;
  /** Name of the target of the last sync; undefined: there was none, empty: there may have been one of any name. */
  readonly previousName: string | undefined;
  readonly plan: SyncPlan;
  readonly client: ClusterClient;
  readonly now: number;
}

/** The object was deleted or edited since the feed delivered it: nothing is created or deleted on its old word. */
export class ObjectGoneError extends SyncError {
  override readonly name = 'ObjectGoneError';
  readonly reason = 'ObjectGone';
  readonly retryable = false;
}

/** A write that the API server did not take; the message is the event's. */
export class TargetWriteError extends SyncError {
  override readonly name = 'TargetWriteError';
  readonly reason: string;
  readonly retryable: boolean;
  readonly conditionMessage: TargetConditionMessage;

  constructor(conditionMessage: TargetConditionMessage, doing: string, cause: SyncError) {
    super(`${doing}${cause.message}`, { cause });
    this.reason = cause.reason;
    this.retryable = cause.retryable;
    this.conditionMessage = conditionMessage;
  }
}

/**
 * Brings a plan about. A write carries the resourceVersion that was read before the provider was.
 * @throws WriteConflictError - the target changed meanwhile: observe, read the provider and plan anew
 * @throws ObjectGoneError, TargetWriteError
 */
export const carryOut = async (work: CarryOut, signal?: AbortSignal): Promise<CarriedOut> => {
  const orphans = await deleteOrphans(work, signal);
  const { target } = work.plan;
  const carried =
    target.action === 'delete'
      ? await deleteTarget(work, target.existing, signal)
      : await writeTarget(work, target, signal);
  return { ...carried, wrote: carried.wrote || orphans.length > 0, events: [...orphans, ...carried.events] };
};

const writeTarget = async (
  { client, es, existing, object, now }: CarryOut,
  target: TargetPlan,
  signal?: AbortSignal,
): Promise<CarriedOut> => {
  const manager = fieldManagerFor(es.name);
  switch (target.action) {
    case 'missing':
      return { wrote: false, events: [] };
    case 'none': {
      const kept = existing === undefined || es.target.creationPolicy === 'None' ? {} : { target: toState(existing) };
      const refused = target.refusal === undefined ? {} : { refusal: target.refusal };
      return { wrote: false, events: [], ...kept, ...refused };
    }
    case 'create': {
      const written = await writing('', async () => {
        await refuseGone({ client, object, now }, signal);
        return client.createSecret(target.secret, manager, signal);
      });
      return done(target.secret, written, { type: 'Normal', reason: 'Created', message: 'secret created' });
    }
    case 'update': {
      const doing = `unable to update secret ${target.secret.name}: `;
      const written = await writing(doing, () => client.replaceSecret(target.secret, manager, signal));
      const updated = done(target.secret, written, { type: 'Normal', reason: 'Updated', message: 'secret updated' });
      return target.refusal === undefined ? updated : { ...updated, events: [], refusal: target.refusal };
    }
  }
};

const deleteTarget = async (work: CarryOut, existing: TargetSecret, signal?: AbortSignal): Promise<CarriedOut> => {
  const { namespace, name, uid, resourceVersion } = existing;
  await deleting('could not delete secret', async () => {
    await refuseGone(work, signal);
    await work.client.deleteSecret({ namespace, name }, { uid, resourceVersion }, signal);
  });
  const message = 'secret deleted due to DeletionPolicy=Delete';
  return { wrote: true, events: [{ type: 'Normal', reason: 'Deleted', message }] };
};

/** After `target.name` changed under Owner, the Secrets of its earlier names go. Other policies leave them. */
const deleteOrphans = async (work: CarryOut, signal?: AbortSignal): Promise<readonly ObjectEvent[]> => {
  const { es, client, previousName } = work;
  if (es.target.creationPolicy !== 'Owner' || previousName === undefined || previousName === es.target.name) return [];
  return deleting('could not delete orphaned secrets', async () => {
    await refuseGone(work, signal);
    const selector = `${CREATED_BY_LABEL}=${createdByHash(es.namespace, es.name)}`;
    const created = await client.findSecrets(es.namespace, selector, signal);
    const orphans = created.filter(
      ({ ref, labels }) => ref.name !== es.target.name && labels[MANAGED_LABEL] === 'true',
    );
    for (const { ref, uid } of orphans) await client.deleteSecret(ref, { uid }, signal);
    return orphans.map(() => ({
      type: 'Normal',
      reason: 'Deleted',
      message: 'secret deleted because it was orphaned',
    }));
  });
};

/** A mirror may be a moment behind; what cannot be taken back is checked with the cluster first. */
export const refuseGone = async (
  { client, object, now }: Pick<CarryOut, 'client' | 'object' | 'now'>,
  signal?: AbortSignal,
): Promise<void> => {
  if (object.seenAt !== undefined && now - object.seenAt < FRESH_MILLISECONDS) return;
  const current = await client.readObject(object.ref, signal);
  if (current?.uid !== object.uid || current.deletionTimestamp !== undefined)
    throw new ObjectGoneError(`${formatRef(object.ref)} was deleted`);
  if (current.generation !== object.generation) throw new ObjectGoneError(`${formatRef(object.ref)} was edited`);
};

export const writing = async (doing: string, write: () => Promise<Written>): Promise<Written> => {
  try {
    return await write();
  } catch (error) {
    throw toWriteError('could not update secret', doing, error);
  }
};

export const deleting = async <T>(conditionMessage: TargetConditionMessage, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw toWriteError(conditionMessage, '', error);
  }
};

const toWriteError = (conditionMessage: TargetConditionMessage, doing: string, error: unknown): unknown => {
  if (!(error instanceof SyncError) || error instanceof WriteConflictError || error instanceof ObjectGoneError)
    return error;
  return new TargetWriteError(conditionMessage, doing, error);
};

const done = (secret: TargetSecret, written: Written, event: ObjectEvent): CarriedOut => ({
  target: { name: secret.name, ...written },
  wrote: true,
  events: [event],
});

const toState = ({ name, uid, resourceVersion }: TargetSecret): TargetState => ({ name, uid, resourceVersion });
