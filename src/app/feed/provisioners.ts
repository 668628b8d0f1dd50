import { type ClusterExternalSecret, selectsNamespace } from '../../domain/cluster-external-secret.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import type { ServedRef } from '../../domain/object-ref.ts';
import { parseClusterExternalSecret } from '../../domain/parse-cluster-external-secret.ts';
import { isAsWanted, isControlledBy } from '../../domain/provisioning.ts';
import { SyncError } from '../../domain/sync-error.ts';

/** A ClusterExternalSecret, as the feed knows it. */
export interface Provisioner {
  readonly object: MirroredObject;
  /** Undefined: its spec cannot be read, or is too large to be remembered. */
  readonly ces: ClusterExternalSecret | undefined;
}

export const toProvisioner = (object: MirroredObject): Provisioner => ({ object, ces: readSpec(object) });

const readSpec = (object: MirroredObject): ClusterExternalSecret | undefined => {
  try {
    return parseClusterExternalSecret(object);
  } catch (error) {
    if (error instanceof SyncError) return undefined; // its own pass says what is wrong
    throw error;
  }
};

/** Those that select a Namespace, by the labels it has in `namespace`. */
export const provisionersOf = (
  provisioners: readonly Provisioner[],
  { ref, labels }: MirroredObject,
): readonly ServedRef[] =>
  provisioners.filter(({ ces }) => ces !== undefined && selectsNamespace(ces, { name: ref.name, labels })).map(toRef);

/** How an ExternalSecret changed. Undefined: it is not there, before or now. */
export interface ExternalSecretChange {
  readonly before: MirroredObject | undefined;
  readonly now: MirroredObject | undefined;
  readonly namespace: MirroredObject | undefined;
}

/**
 * Those that an ExternalSecret's change concerns: it is not, or no longer, what they want. Our own writes make it what they
 * want, so their echo concerns nobody.
 */
export const provisionersConcerned = (
  provisioners: readonly Provisioner[],
  change: ExternalSecretChange,
): readonly ServedRef[] => provisioners.filter((provisioner) => isConcerned(provisioner, change)).map(toRef);

const isConcerned = ({ object, ces }: Provisioner, { before, now, namespace }: ExternalSecretChange): boolean => {
  const isOwned = [before, now].some((one) => one !== undefined && isControlledBy(one, object.ref.name));
  const { ref } = now ?? before ?? object;
  const isWanted =
    ces?.externalSecretName === ref.name &&
    namespace !== undefined &&
    selectsNamespace(ces, { name: ref.namespace, labels: namespace.labels });
  if (now === undefined) return isWanted || (isOwned && ces === undefined);
  return (isOwned || isWanted) && !(isWanted && isAsWanted(ces, now));
};

const toRef = ({ object }: Provisioner): ServedRef => ({
  kind: 'ClusterExternalSecret',
  namespace: '',
  name: object.ref.name,
});
