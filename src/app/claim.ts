import type { StoreRef } from '../domain/external-secret.ts';
import type { SyncBatch } from './open-stores.ts';
import type { RecordUse } from './record-use.ts';
import type { Pass } from './sync-pass.ts';

export interface Claim {
  /** Stores the object is recorded under as a user. */
  readonly stores: readonly string[];
  /** Any of its stores belongs to another controller, and so does the object: nothing is said about it. */
  readonly foreign: boolean;
}

/** Whether an ExternalSecret is ours. Its stores know it as a user from here on, so a change of theirs asks again. */
export const claim = async (
  recordUse: RecordUse,
  { pass, refs, batch }: { readonly pass: Pass; readonly refs: readonly StoreRef[]; readonly batch: SyncBatch },
  signal?: AbortSignal,
): Promise<Claim> => {
  const { scope, stores } = batch;
  const recorded = await recordUse.stores(scope.cluster.name, pass, refs);
  const foreign = await Promise.all(refs.map((ref) => stores.isForeign(ref, pass.ref.namespace, signal)));
  return { stores: recorded, foreign: foreign.includes(true) };
};
