import type { ClusterExternalSecret } from './cluster-external-secret.ts';
import { selectsNamespace } from './cluster-external-secret.ts';
import type { MirroredObject } from './mirrored-object.ts';
import type { NamespaceFacts } from './plan-provisioning.ts';
import { isControlledBy } from './provisioning.ts';
import type { ObjectStatus } from './status.ts';

/** What is known of a cluster. */
export interface KnownCluster {
  readonly namespaces: readonly MirroredObject[];
  readonly externalSecrets: readonly MirroredObject[];
}

interface Subject {
  readonly name: string;
  /** Undefined: it is being deleted. */
  readonly wanted: ClusterExternalSecret | undefined;
  readonly status: ObjectStatus;
}

/**
 * The namespaces a ClusterExternalSecret has to do with, sorted: those it selects, those its status names, and those where
 * an ExternalSecret says that it is its controller. So nothing it made is forgotten, whichever of the three was lost.
 */
export const gatherFacts = (
  { name, wanted, status }: Subject,
  { namespaces, externalSecrets }: KnownCluster,
): readonly NamespaceFacts[] => {
  const names = unique([wanted?.externalSecretName, status.externalSecretName ?? name]);
  const concerning = Map.groupBy(
    externalSecrets.filter((object) => names.includes(object.ref.name) || isControlledBy(object, name)),
    ({ ref }) => ref.namespace,
  );
  const known = new Map(namespaces.map((namespace) => [namespace.ref.name, namespace]));
  const selected = namespaces.filter(
    ({ ref, labels }) => wanted !== undefined && selectsNamespace(wanted, { name: ref.name, labels }),
  );
  const visited = unique([
    ...selected.map(({ ref }) => ref.name),
    ...(status.provisionedNamespaces ?? []),
    ...(status.failedNamespaces ?? []).map(({ namespace }) => namespace).filter(isNamespaceName),
    ...[...concerning].flatMap(([namespace, objects]) =>
      objects.some((object) => isControlledBy(object, name)) ? [namespace] : [],
    ),
  ]);
  return visited.toSorted(byText).map((namespace) => ({
    name: namespace,
    names,
    namespace: known.get(namespace),
    externalSecrets: concerning.get(namespace) ?? [],
  }));
};

/** Stands in a status where it could not be told which namespaces are selected. */
export const UNKNOWN_NAMESPACE = 'unknown';

const isNamespaceName = (name: string): boolean => name !== UNKNOWN_NAMESPACE;

const unique = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
