import { type LabelSelector, selectsLabels } from './label-selector.ts';
import { NAME_LABEL, type Namespace } from './namespace-conditions.ts';
import type { Kind, WatchedKind } from './object-ref.ts';

/** A kind whose objects keep one child in each namespace that they select. */
export interface ProvisionerKind {
  readonly kind: Extract<Kind, 'ClusterExternalSecret' | 'ClusterPushSecret'>;
  readonly childKind: Extract<Kind, 'ExternalSecret' | 'PushSecret'>;
  /** As owner references name it; any version of the group is recognised. */
  readonly apiVersion: string;
  /** Of the status: what the children are called. */
  readonly nameField: 'externalSecretName' | 'pushSecretName';
  /** The children in sentences, as the reference's. */
  readonly child: string;
  readonly attempts: {
    readonly place: string;
    /** Deleting a child of an earlier name, and one where none is wanted any more. */
    readonly rename: string;
    readonly remove: string;
  };
  /** The Ready condition of what concerns no single namespace has a reason, a time and a text of its own. Absent: it is as all others. */
  readonly errored?: { readonly rename: string; readonly select: string };
  readonly contestedReason: string;
  /**
   * What was made goes as soon as the object is being deleted. Otherwise Kubernetes collects it, when the object is gone:
   * with a PushSecret may go what it pushed, and that is never done earlier than the cluster says so.
   */
  readonly goesAtOnce: boolean;
}

export const CLUSTER_EXTERNAL_SECRET: ProvisionerKind = {
  kind: 'ClusterExternalSecret',
  childKind: 'ExternalSecret',
  apiVersion: 'external-secrets.io/v1',
  nameField: 'externalSecretName',
  child: 'external secret',
  attempts: {
    place: 'could not create or update ExternalSecret',
    rename: 'could not delete ExternalSecret',
    remove: 'could not delete ExternalSecret',
  },
  contestedReason: 'ExternalSecretContested',
  goesAtOnce: true,
};

export const CLUSTER_PUSH_SECRET: ProvisionerKind = {
  kind: 'ClusterPushSecret',
  childKind: 'PushSecret',
  apiVersion: 'external-secrets.io/v1alpha1',
  nameField: 'pushSecretName',
  child: 'push secret',
  attempts: {
    place: 'could not create or update push secret',
    rename: 'failed to delete push secret',
    remove: 'external secret in non matching namespace could not be deleted', // the reference's words
  },
  errored: { rename: 'failed to delete push secret', select: 'failed to get target Namespaces' },
  contestedReason: 'PushSecretContested',
  goesAtOnce: false,
};

const PROVISIONER_KINDS: readonly ProvisionerKind[] = [CLUSTER_EXTERNAL_SECRET, CLUSTER_PUSH_SECRET];

/** The kind that makes objects of this one. */
export const provisionerKindFor = (childKind: WatchedKind): ProvisionerKind | undefined =>
  PROVISIONER_KINDS.find((one) => one.childKind === childKind);

/** A ClusterExternalSecret or ClusterPushSecret with the API's defaults filled in. */
export interface Provisioner {
  readonly type: ProvisionerKind;
  readonly name: string;
  readonly uid: string;
  readonly childName: string;
  /** All of the children's labels and annotations; of ExternalSecrets, `force-sync` included. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The children's spec, as it is written. */
  readonly childSpec: unknown;
  /** One match is enough. */
  readonly selectors: readonly LabelSelector[];
  /** Names of namespaces that are selected besides; one that does not exist is nobody's mistake. */
  readonly namespaces: readonly string[];
  /** Milliseconds; 0 or less: never by time. */
  readonly refreshMilliseconds: number;
}

/** Whether the namespace shall have a child. Without any selector, none shall. */
export const selectsNamespace = (
  { selectors, namespaces }: Pick<Provisioner, 'selectors' | 'namespaces'>,
  { labels }: Namespace,
): boolean =>
  selectors.some((selector) => selectsLabels(selector, labels)) ||
  namespaces.some((name) => name === labels[NAME_LABEL]);
