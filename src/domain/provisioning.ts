import type { ClusterExternalSecret } from './cluster-external-secret.ts';
import type { MadeObject } from './made-object.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { sameJson } from './same-json.ts';
import type { OwnerReference } from './target-secret.ts';

const API_GROUP = 'external-secrets.io';

/** Who controls an ExternalSecret, when it is a ClusterExternalSecret of any version. */
export const controllingClusterExternalSecret = ({
  ownerReferences = [],
}: Pick<MirroredObject, 'ownerReferences'>): OwnerReference | undefined =>
  ownerReferences.find(({ controller, kind, apiVersion }) => {
    return controller === true && kind === 'ClusterExternalSecret' && apiVersion.startsWith(`${API_GROUP}/`);
  });

/** By name: one that was made anew under its name takes over what the old one left. */
export const isControlledBy = (object: Pick<MirroredObject, 'ownerReferences'>, name: string): boolean =>
  controllingClusterExternalSecret(object)?.name === name;

/** The ExternalSecret that a ClusterExternalSecret wants in a namespace, where there is none yet. */
export const wantedExternalSecret = (ces: ClusterExternalSecret, namespace: string): MadeObject => ({
  ref: { kind: 'ExternalSecret', namespace, name: ces.externalSecretName },
  uid: '',
  resourceVersion: '',
  labels: ces.labels,
  annotations: ces.annotations,
  finalizers: [],
  ownerReferences: [ownReference(ces)],
  spec: ces.externalSecretSpec,
});

/** The same in place of one that it controls already: what others hold of it, finalizers and owners, stays. */
export const updatedExternalSecret = (ces: ClusterExternalSecret, existing: MirroredObject): MadeObject => {
  const others = (existing.ownerReferences ?? []).filter(({ controller }) => controller !== true);
  return {
    ...wantedExternalSecret(ces, existing.ref.namespace),
    uid: existing.uid,
    resourceVersion: existing.resourceVersion,
    finalizers: existing.finalizers,
    ownerReferences: [ownReference(ces), ...others],
  };
};

/** Whether an ExternalSecret is what its ClusterExternalSecret wants. One whose spec is not known is not. */
export const isAsWanted = (ces: ClusterExternalSecret, existing: MirroredObject): boolean => {
  const wanted = wantedExternalSecret(ces, existing.ref.namespace);
  return (
    existing.spec !== undefined &&
    sameJson(existing.spec, wanted.spec) &&
    sameJson(existing.labels, wanted.labels) &&
    sameJson(existing.annotations, wanted.annotations) &&
    (existing.ownerReferences ?? []).some((owner) => sameJson(owner, ownReference(ces)))
  );
};

/** With it Kubernetes collects the ExternalSecret when the ClusterExternalSecret is gone, whether or not we are there. */
const ownReference = ({ name, uid }: ClusterExternalSecret): OwnerReference => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: 'ClusterExternalSecret',
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
