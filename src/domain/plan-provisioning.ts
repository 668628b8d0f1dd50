import type { MadeObject } from './made-object.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { type Provisioner, selectsNamespace } from './provisioner.ts';
import { isAsWanted, isControlledBy, type ProvisionerName, updatedChild, wantedChild } from './provisioning.ts';

/** One namespace, as it is known. */
export interface NamespaceFacts {
  /** The Namespace itself; undefined: there is none. */
  readonly namespace: MirroredObject | undefined;
  readonly name: string;
  /** What its child is called, and was called before. */
  readonly names: readonly string[];
  /** Objects of the child's kind of these names, or controlled by the provisioner. */
  readonly children: readonly MirroredObject[];
}

/** What becomes of a namespace's child. */
export type Placement =
  /** None is wanted: not selected, not there, or on its way out. */
  | { readonly action: 'none' }
  | { readonly action: 'keep' }
  | { readonly action: 'create' | 'update'; readonly object: MadeObject }
  | { readonly action: 'refuse'; readonly reason: string };

export interface NamespacePlan {
  /** Children that the provisioner controls and no longer wants. They go first: an old and a new one may write the same thing. */
  readonly remove: readonly MirroredObject[];
  readonly place: Placement;
}

/** Who provisions. `wanted` undefined: it is being deleted, and wants nothing any more. */
export interface Provisioning extends ProvisionerName {
  readonly wanted: Provisioner | undefined;
}

const NOTHING: NamespacePlan = { remove: [], place: { action: 'none' } };

/** What to do in one namespace. Pure; an object of somebody else is never touched. */
export const planNamespace = (
  provisioning: Provisioning,
  { namespace, children, ...facts }: NamespaceFacts,
): NamespacePlan => {
  if (namespace === undefined || namespace.deletionTimestamp !== undefined) return NOTHING; // Kubernetes empties it
  const { wanted } = provisioning;
  const owned = children.filter((object) => isControlledBy(object, provisioning));
  if (wanted === undefined || !selectsNamespace(wanted, { name: facts.name, labels: namespace.labels }))
    return { remove: owned.filter(isAlive), place: { action: 'none' } };
  const { childName } = wanted;
  return {
    remove: owned.filter((object) => object.ref.name !== childName && isAlive(object)),
    place: planPlacement(
      wanted,
      facts.name,
      children.find(({ ref }) => ref.name === childName),
    ),
  };
};

const planPlacement = (wanted: Provisioner, namespace: string, existing: MirroredObject | undefined): Placement => {
  const { child } = wanted.type;
  if (existing === undefined) return { action: 'create', object: wantedChild(wanted, namespace) };
  if (!isControlledBy(existing, wanted)) return { action: 'refuse', reason: `${child} already exists in namespace` };
  if (!isAlive(existing)) return { action: 'refuse', reason: `${child} is being deleted` };
  if (isAsWanted(wanted, existing)) return { action: 'keep' };
  return { action: 'update', object: updatedChild(wanted, existing) };
};

const isAlive = ({ deletionTimestamp }: MirroredObject): boolean => deletionTimestamp === undefined;

/** Whether a plan needs nothing done. A refusal is looked at closer: it may rest on old knowledge. */
export const isAtRest = ({ remove, place }: NamespacePlan): boolean =>
  remove.length === 0 && (place.action === 'none' || place.action === 'keep');
