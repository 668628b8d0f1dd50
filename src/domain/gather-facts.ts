import type { MirroredObject } from './mirrored-object.ts';
import type { NamespaceFacts, Provisioning } from './plan-provisioning.ts';
import { selectsNamespace } from './provisioner.ts';
import { isControlledBy } from './provisioning.ts';
import type { ObjectStatus } from './status.ts';

/** What is known of a cluster. */
export interface KnownCluster {
  readonly namespaces: readonly MirroredObject[];
  /** Of the kind that is made. */
  readonly children: readonly MirroredObject[];
}

interface Subject extends Provisioning {
  readonly status: ObjectStatus;
}

/**
 * The namespaces a provisioner has to do with, sorted: those it selects, those its status names, and those where a child
 * says that it is its controller. So nothing it made is forgotten, whichever of the three was lost.
 */
export const gatherFacts = (
  { status, ...provisioning }: Subject,
  { namespaces, children }: KnownCluster,
): readonly NamespaceFacts[] => {
  const { type, name, wanted } = provisioning;
  const names = unique([wanted?.childName, status[type.nameField] ?? name]);
  const concerning = Map.groupBy(
    children.filter((object) => names.includes(object.ref.name) || isControlledBy(object, provisioning)),
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
      objects.some((object) => isControlledBy(object, provisioning)) ? [namespace] : [],
    ),
  ]);
  return visited.toSorted(byText).map((namespace) => ({
    name: namespace,
    names,
    namespace: known.get(namespace),
    children: concerning.get(namespace) ?? [],
  }));
};

/** Stands in a status where it could not be told which namespaces are selected. */
export const UNKNOWN_NAMESPACE = 'unknown';

const isNamespaceName = (name: string): boolean => name !== UNKNOWN_NAMESPACE;

const unique = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
