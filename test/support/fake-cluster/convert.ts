import type { GeneratorObjectKind } from '../../../src/domain/generator-ref.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { WatchedKind } from '../../../src/domain/object-ref.ts';
import type { TargetSecret } from '../../../src/domain/target-secret.ts';
import type { StoredObject } from './object-store.ts';

export const RESOURCES: Readonly<Record<WatchedKind, string>> = {
  ExternalSecret: 'externalsecrets',
  SecretStore: 'secretstores',
  ClusterSecretStore: 'clustersecretstores',
  ClusterExternalSecret: 'clusterexternalsecrets',
  PushSecret: 'pushsecrets',
  ClusterPushSecret: 'clusterpushsecrets',
  Namespace: 'namespaces',
  Secret: 'secrets',
};

export const GENERATOR_RESOURCES: Readonly<Record<GeneratorObjectKind, string>> = {
  ECRAuthorizationToken: 'ecrauthorizationtokens',
  STSSessionToken: 'stssessiontokens',
  ClusterGenerator: 'clustergenerators',
};

const OWN_ANNOTATIONS = 'reconcile.external-secrets.io/';

/** Of a Secret's annotations only our own are seen, as through the adapter. */
export const toMirrored = (object: StoredObject): MirroredObject => ({
  ref: object.ref,
  uid: object.uid,
  resourceVersion: object.resourceVersion,
  generation: object.ref.kind === 'Secret' ? 0 : object.generation,
  labels: object.labels,
  annotations:
    object.ref.kind === 'Secret'
      ? Object.fromEntries(Object.entries(object.annotations).filter(([name]) => name.startsWith(OWN_ANNOTATIONS)))
      : object.annotations,
  finalizers: object.finalizers,
  ...(object.ownerReferences.length > 0 && { ownerReferences: object.ownerReferences }),
  ...(object.deletionTimestamp !== undefined && { deletionTimestamp: object.deletionTimestamp }),
  ...(object.spec !== undefined && { spec: structuredClone(object.spec) }),
  ...(object.status !== undefined && { status: structuredClone(object.status) }),
});

export const toTarget = ({ ref, generation: _, spec: __, status: ___, ...secret }: StoredObject): TargetSecret => ({
  namespace: ref.namespace,
  name: ref.name,
  ...secret,
});
