import { type LabelSelector, selectsLabels } from './label-selector.ts';
import { NAME_LABEL, type Namespace } from './namespace-conditions.ts';

/** A ClusterExternalSecret with the API's defaults filled in. */
export interface ClusterExternalSecret {
  readonly name: string;
  readonly uid: string;
  readonly externalSecretName: string;
  /** All of the ExternalSecrets' labels and annotations, `force-sync` included. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The ExternalSecrets' spec, as it is written. */
  readonly externalSecretSpec: unknown;
  /** `namespaceSelector` and `namespaceSelectors`: one match is enough. */
  readonly selectors: readonly LabelSelector[];
  /** Names of namespaces that are selected besides; one that does not exist is nobody's mistake. */
  readonly namespaces: readonly string[];
  /** Milliseconds; 0 or less: never by time. */
  readonly refreshMilliseconds: number;
}

/** Whether the namespace shall have an ExternalSecret. Without any selector, none shall. */
export const selectsNamespace = (
  { selectors, namespaces }: Pick<ClusterExternalSecret, 'selectors' | 'namespaces'>,
  { labels }: Namespace,
): boolean =>
  selectors.some((selector) => selectsLabels(selector, labels)) ||
  namespaces.some((name) => name === labels[NAME_LABEL]);
