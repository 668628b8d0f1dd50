import { type ClusterExternalSecret, selectsNamespace } from './cluster-external-secret.ts';
import type { MadeObject } from './made-object.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { isAsWanted, isControlledBy, updatedExternalSecret, wantedExternalSecret } from './provisioning.ts';

/** One namespace, as it is known. */
export interface NamespaceFacts {
  /** The Namespace itself; undefined: there is none. */
  readonly namespace: MirroredObject | undefined;
  readonly name: string;
  /** What its ExternalSecret is called, and was called before. */
  readonly names: readonly string[];
  /** ExternalSecrets of these names, or controlled by the ClusterExternalSecret. */
  readonly externalSecrets: readonly MirroredObject[];
}

/** What becomes of a namespace's ExternalSecret. */
export type Placement =
  /** None is wanted: not selected, not there, or on its way out. */
  | { readonly action: 'none' }
  | { readonly action: 'keep' }
  | { readonly action: 'create' | 'update'; readonly object: MadeObject }
  | { readonly action: 'refuse'; readonly reason: string };

export interface NamespacePlan {
  /** ExternalSecrets that the ClusterExternalSecret controls and no longer wants. They go first: an old and a new one may write the same Secret. */
  readonly remove: readonly MirroredObject[];
  readonly place: Placement;
}

const NOTHING: NamespacePlan = { remove: [], place: { action: 'none' } };

/**
 * What to do in one namespace. Pure; an ExternalSecret of somebody else is never touched.
 * @param ces - undefined in `wanted`: it is being deleted, and wants nothing any more
 */
export const planNamespace = (
  { name, wanted }: { readonly name: string; readonly wanted: ClusterExternalSecret | undefined },
  { namespace, externalSecrets, ...facts }: NamespaceFacts,
): NamespacePlan => {
  if (namespace === undefined || namespace.deletionTimestamp !== undefined) return NOTHING; // Kubernetes empties it
  const owned = externalSecrets.filter((object) => isControlledBy(object, name));
  if (wanted === undefined || !selectsNamespace(wanted, { name: facts.name, labels: namespace.labels }))
    return { remove: owned.filter(isAlive), place: { action: 'none' } };
  const { externalSecretName } = wanted;
  return {
    remove: owned.filter((object) => object.ref.name !== externalSecretName && isAlive(object)),
    place: planPlacement(
      wanted,
      facts.name,
      externalSecrets.find(({ ref }) => ref.name === externalSecretName),
    ),
  };
};

const planPlacement = (
  ces: ClusterExternalSecret,
  namespace: string,
  existing: MirroredObject | undefined,
): Placement => {
  if (existing === undefined) return { action: 'create', object: wantedExternalSecret(ces, namespace) };
  if (!isControlledBy(existing, ces.name))
    return { action: 'refuse', reason: 'external secret already exists in namespace' };
  if (!isAlive(existing)) return { action: 'refuse', reason: 'external secret is being deleted' };
  if (isAsWanted(ces, existing)) return { action: 'keep' };
  return { action: 'update', object: updatedExternalSecret(ces, existing) };
};

const isAlive = ({ deletionTimestamp }: MirroredObject): boolean => deletionTimestamp === undefined;

/** Whether a plan needs nothing done. A refusal is looked at closer: it may rest on old knowledge. */
export const isAtRest = ({ remove, place }: NamespacePlan): boolean =>
  remove.length === 0 && (place.action === 'none' || place.action === 'keep');
