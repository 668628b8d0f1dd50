import { compareBytes } from '../../domain/go-map-text.ts';
import { selectorProblem, selectsLabels } from '../../domain/label-selector.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { formatRef } from '../../domain/object-ref.ts';
import { pushesTo, pushInterestOf } from '../../domain/push/push-interest.ts';
import type { PushSecret, PushStoreRef } from '../../domain/push/push-secret.ts';
import { isServedStore } from '../../domain/secret-store.ts';
import { InvalidSpecError, StoreNotReadyError } from '../../domain/sync-error.ts';
import type { PushBatch } from './push-pass.ts';

/**
 * The stores that a PushSecret names, each once, in the order of its references; those that are going, and those of
 * another controller, are left out.
 * @throws StoreNotReadyError, InvalidSpecError - in the reference's words
 */
export const selectStores = async (
  { stores: refs, namespace }: Pick<PushSecret, 'stores' | 'namespace'>,
  { stores, scope }: Pick<PushBatch, 'stores' | 'scope'>,
  signal?: AbortSignal,
): Promise<readonly MirroredObject[]> => {
  const found = new Map<string, MirroredObject>();
  for (const ref of refs)
    for (const object of await storesOf(ref, { stores, namespace, signal })) found.set(formatRef(object.ref), object);
  return [...found.values()].filter(
    (object) => object.deletionTimestamp === undefined && isServedStore(object, scope.cluster.controllerClass),
  );
};

const storesOf = async (
  ref: PushStoreRef,
  {
    stores,
    namespace,
    signal,
  }: Pick<PushBatch, 'stores'> & { readonly namespace: string; readonly signal: AbortSignal | undefined },
): Promise<readonly MirroredObject[]> => {
  const { kind, name, labelSelector } = ref;
  if (labelSelector !== undefined) {
    const problem = selectorProblem(labelSelector);
    if (problem !== undefined) throw new InvalidSpecError(`could not convert labels: ${problem}`);
    const all = await stores.list(kind, namespace, signal);
    return all
      .filter(({ labels }) => selectsLabels(labelSelector, labels))
      .toSorted((a, b) => compareBytes(a.ref.name, b.ref.name));
  }
  if (name === '') throw new InvalidSpecError('refStore Name must be provided');
  const object = await stores.find(ref, namespace, signal);
  if (object === undefined) throw new StoreNotReadyError(notFound(ref));
  return [object];
};

const notFound = ({ kind, name }: PushStoreRef): string =>
  `could not get ${kind} "${name}", ${kind.toLowerCase()}s.external-secrets.io "${name}" not found`;

/** Whether a PushSecret, as it is written, is another controller's: so are all the stores of it that there are. */
export const isOthers = async (
  object: MirroredObject,
  { stores, scope }: Pick<PushBatch, 'stores' | 'scope'>,
  signal?: AbortSignal,
): Promise<boolean> => {
  const { namespace } = object.ref;
  const interest = pushInterestOf(object);
  const kinds = [...new Set(interest.stores.map(({ kind }) => kind))];
  const all = await Promise.all(kinds.map((kind) => stores.list(kind, namespace, signal)));
  const used = all.flat().filter((store) => pushesTo(interest, namespace, store));
  return used.length > 0 && used.every((store) => !isServedStore(store, scope.cluster.controllerClass));
};
