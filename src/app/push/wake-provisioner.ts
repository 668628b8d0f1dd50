import type { MirroredObject } from '../../domain/mirrored-object.ts';
import type { ServedRef } from '../../domain/object-ref.ts';
import { controllingProvisioner } from '../../domain/provisioning.ts';
import type { Messages } from '../ports/messages.ts';
import type { Mirror } from '../ports/tables.ts';

/** By then the mirror has forgotten the PushSecret, and what it pushed is removed, as a rule; where not, the new one takes it over. */
const MADE_ANEW_AFTER_SECONDS = 2;

export interface WakeProvisionerDeps {
  readonly mirror: Pick<Mirror, 'get'>;
  readonly messages: Pick<Messages, 'send'>;
}

interface Gone {
  readonly cluster: string;
  /** As it was last seen. */
  readonly object: MirroredObject;
  readonly traceId: string;
}

/**
 * Wakes the ClusterPushSecret that made a PushSecret which is gone. The feed did so when it saw it go; but until its removal
 * was proven the mirror still showed it, as if there were nothing to do. To be called before the mirror forgets it.
 */
export const wakeProvisioner = async (
  { mirror, messages }: WakeProvisionerDeps,
  { cluster, object, traceId }: Gone,
): Promise<void> => {
  const owner = controllingProvisioner(object);
  if (owner === undefined) return;
  const ref: ServedRef = { kind: owner.type.kind, namespace: '', name: owner.name };
  if ((await mirror.get(cluster, ref)) === undefined) return; // gone itself, and what it made with it
  await messages.send([{ cluster, cause: { type: 'feed' }, traceId, objects: [ref] }], MADE_ANEW_AFTER_SECONDS);
};
