import { RE2JS } from 're2js';
import { type LabelSelector, type Labels, selectsLabels } from './label-selector.ts';
import { compileRe2 } from './re2.ts';

/** One of a ClusterSecretStore's `conditions`; each selector alone lets a namespace in, none lets nobody in. */
export interface NamespaceCondition {
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly namespaces?: readonly string[] | undefined;
  /** RE2, unanchored. */
  readonly namespaceRegexes?: readonly string[] | undefined;
}

export interface Namespace {
  readonly name: string;
  readonly labels: Labels;
}

/** Set by Kubernetes on every Namespace; the reference compares names through it. */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

/**
 * Whether a ClusterSecretStore may be used from a namespace: no conditions at all, or any one of them matches. An
 * expression that does not compile matches nothing, so a mistake never opens a store; {@link compileNamespaceRegexes}
 * tells its author.
 */
export const isNamespaceAllowed = (
  conditions: readonly NamespaceCondition[] | undefined,
  namespace: Namespace,
): boolean =>
  conditions === undefined || conditions.length === 0 || conditions.some((condition) => matches(condition, namespace));

/** What is wrong with the expressions of a store's conditions, one line for each bad one, in the reference's words. */
export const compileNamespaceRegexes = (conditions: readonly NamespaceCondition[] = []): readonly string[] =>
  conditions.flatMap(({ namespaceRegexes = [] }, condition) =>
    namespaceRegexes.flatMap((regex, index) => {
      const compiled = compileRe2(regex);
      return compiled instanceof RE2JS
        ? []
        : [`failed to compile ${index}th namespace regex in ${condition}th condition: ${compiled.problem}`];
    }),
  );

const matches = (
  { namespaceSelector, namespaces = [], namespaceRegexes = [] }: NamespaceCondition,
  { name, labels }: Namespace,
): boolean =>
  (namespaceSelector !== undefined && selectsLabels(namespaceSelector, labels)) ||
  namespaces.some((allowed) => allowed === labels[NAME_LABEL]) ||
  namespaceRegexes.some((regex) => {
    const compiled = compileRe2(regex);
    return compiled instanceof RE2JS && compiled.test(name);
  });
