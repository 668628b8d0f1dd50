import type { MirroredObject } from '../../domain/mirrored-object.ts';
import type { ServedRef } from '../../domain/object-ref.ts';
import { parseProvisioner } from '../../domain/parse-provisioner.ts';
import { type Provisioner, type ProvisionerKind, selectsNamespace } from '../../domain/provisioner.ts';
import { isAsWanted, isControlledBy } from '../../domain/provisioning.ts';
import { SyncError } from '../../domain/sync-error.ts';

/** A ClusterExternalSecret or ClusterPushSecret, as the feed knows it. */
export interface KnownProvisioner {
  readonly object: MirroredObject;
  readonly type: ProvisionerKind;
  /** Undefined: its spec cannot be read, or is too large to be remembered. */
  readonly wanted: Provisioner | undefined;
}

export const toKnownProvisioner = (object: MirroredObject, type: ProvisionerKind): KnownProvisioner => ({
  object,
  type,
  wanted: readSpec(object),
});

const readSpec = (object: MirroredObject): Provisioner | undefined => {
  try {
    return parseProvisioner(object);
  } catch (error) {
    if (error instanceof SyncError) return undefined; // its own pass says what is wrong
    throw error;
  }
};

/** Those that select a Namespace, by the labels it has in `namespace`. */
export const provisionersOf = (
  provisioners: readonly KnownProvisioner[],
  { ref, labels }: MirroredObject,
): readonly ServedRef[] =>
  provisioners
    .filter(({ wanted }) => wanted !== undefined && selectsNamespace(wanted, { name: ref.name, labels }))
    .map(toRef);

/** How an ExternalSecret or PushSecret changed. Undefined: it is not there, before or now. */
export interface ChildChange {
  readonly before: MirroredObject | undefined;
  readonly now: MirroredObject | undefined;
  readonly namespace: MirroredObject | undefined;
}

/**
 * Those that a child's change concerns: it is not, or no longer, what they want. Our own writes make it what they want, so
 * their echo concerns nobody.
 */
export const provisionersConcerned = (
  provisioners: readonly KnownProvisioner[],
  change: ChildChange,
): readonly ServedRef[] => provisioners.filter((provisioner) => isConcerned(provisioner, change)).map(toRef);

const isConcerned = ({ object, type, wanted }: KnownProvisioner, { before, now, namespace }: ChildChange): boolean => {
  const { ref } = now ?? before ?? object;
  if (ref.kind !== type.childKind) return false;
  const provisioner = { type, name: object.ref.name };
  const isOwned = [before, now].some((one) => one !== undefined && isControlledBy(one, provisioner));
  const isWanted =
    wanted?.childName === ref.name &&
    namespace !== undefined &&
    selectsNamespace(wanted, { name: ref.namespace, labels: namespace.labels });
  if (now === undefined) return isWanted || (isOwned && wanted === undefined);
  return (isOwned || isWanted) && !(isWanted && isAsWanted(wanted, now));
};

const toRef = ({ object, type }: KnownProvisioner): ServedRef => ({
  kind: type.kind,
  namespace: '',
  name: object.ref.name,
});
