import type { MadeObject } from './made-object.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { type Provisioner, type ProvisionerKind, provisionerKindFor } from './provisioner.ts';
import { sameJson } from './same-json.ts';
import type { OwnerReference } from './target-secret.ts';

const API_GROUP = 'external-secrets.io';

/** A provisioner by its name alone. */
export interface ProvisionerName {
  readonly type: ProvisionerKind;
  readonly name: string;
}

/** Who controls an ExternalSecret or PushSecret, when it is an object of the kind that makes such. */
export const controllingProvisioner = ({
  ref,
  ownerReferences = [],
}: Pick<MirroredObject, 'ref' | 'ownerReferences'>): ProvisionerName | undefined => {
  const type = provisionerKindFor(ref.kind);
  const owner = ownerReferences.find(({ controller, kind, apiVersion }) => {
    return controller === true && kind === type?.kind && apiVersion.startsWith(`${API_GROUP}/`);
  });
  return type === undefined || owner === undefined ? undefined : { type, name: owner.name };
};

/** By name: one that was made anew under its name takes over what the old one left. */
export const isControlledBy = (
  object: Pick<MirroredObject, 'ref' | 'ownerReferences'>,
  { type, name }: ProvisionerName,
): boolean => {
  const owner = controllingProvisioner(object);
  return owner?.type === type && owner.name === name;
};

/** The child that a provisioner wants in a namespace, where there is none yet. */
export const wantedChild = (wanted: Provisioner, namespace: string): MadeObject => ({
  ref: { kind: wanted.type.childKind, namespace, name: wanted.childName },
  uid: '',
  resourceVersion: '',
  labels: wanted.labels,
  annotations: wanted.annotations,
  finalizers: [],
  ownerReferences: [ownReference(wanted)],
  spec: wanted.childSpec,
});

/** The same in place of one that it controls already: what others hold of it, finalizers and owners, stays. */
export const updatedChild = (wanted: Provisioner, existing: MirroredObject): MadeObject => {
  const others = (existing.ownerReferences ?? []).filter(({ controller }) => controller !== true);
  return {
    ...wantedChild(wanted, existing.ref.namespace),
    uid: existing.uid,
    resourceVersion: existing.resourceVersion,
    finalizers: existing.finalizers,
    ownerReferences: [ownReference(wanted), ...others],
  };
};

/** Whether a child is what its provisioner wants. One whose spec is not known is not. */
export const isAsWanted = (wanted: Provisioner, existing: MirroredObject): boolean => {
  const { spec, labels, annotations } = wantedChild(wanted, existing.ref.namespace);
  return (
    existing.spec !== undefined &&
    sameJson(existing.spec, spec) &&
    sameJson(existing.labels, labels) &&
    sameJson(existing.annotations, annotations) &&
    (existing.ownerReferences ?? []).some((owner) => sameJson(owner, ownReference(wanted)))
  );
};

/** With it Kubernetes collects the child when the provisioner is gone, whether or not we are there. */
const ownReference = ({ type, name, uid }: Provisioner): OwnerReference => ({
  apiVersion: type.apiVersion,
  kind: type.kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
