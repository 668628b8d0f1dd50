import type { StoreRef } from '../domain/external-secret.ts';
import { type GeneratorRef, generatorRefsIn } from '../domain/generator-ref.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { storeRefsIn } from '../domain/parse-external-secret.ts';
import type { SyncBatch } from './open-stores.ts';
import type { RecordUse } from './record-use.ts';
import type { Pass } from './sync-pass.ts';

export interface Claim {
  /** Stores the object is recorded under as a user. */
  readonly stores: readonly string[];
  /** Any of its stores or generators belongs to another controller, and so does the object: nothing is said about it. */
  readonly foreign: boolean;
}

/** What an ExternalSecret takes values from. */
export interface Sources {
  readonly stores: readonly StoreRef[];
  readonly generators: readonly GeneratorRef[];
}

/** From a spec that may not parse: whose an object is must be known before it is judged. */
export const sourcesIn = (object: MirroredObject): Sources => ({
  stores: storeRefsIn(object),
  generators: generatorRefsIn(object),
});

/** Whether an ExternalSecret is ours. Its stores know it as a user from here on, so a change of theirs asks again. */
export const claim = async (
  recordUse: RecordUse,
  { pass, sources, batch }: { readonly pass: Pass; readonly sources: Sources; readonly batch: SyncBatch },
  signal?: AbortSignal,
): Promise<Claim> => {
  const stores = await recordUse.stores(batch.scope.cluster.name, pass, sources.stores);
  return { stores, foreign: await hasForeign(batch, { sources, namespace: pass.ref.namespace }, signal) };
};

/** Whether any of them exists and belongs to another controller. */
export const hasForeign = async (
  { stores, generators }: SyncBatch,
  { sources, namespace }: { readonly sources: Sources; readonly namespace: string },
  signal?: AbortSignal,
): Promise<boolean> => {
  const foreign = await Promise.all([
    ...sources.stores.map((ref) => stores.isForeign(ref, namespace, signal)),
    ...sources.generators.map((ref) => generators.isForeign(ref, namespace, signal)),
  ]);
  return foreign.includes(true);
};
