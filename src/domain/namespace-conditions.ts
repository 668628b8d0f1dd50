import { RE2JS, RE2JSException } from 're2js';
import { type LabelSelector, type Labels, selectsLabels } from './label-selector.ts';

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
      const compiled = compile(regex);
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
    const compiled = compile(regex);
    return compiled instanceof RE2JS && compiled.test(name);
  });

const compile = (regex: string): RE2JS | { readonly problem: string } => {
  try {
    return RE2JS.compile(regex);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { problem: inGoWords(error.message) };
  }
};

/** The library leaves out the empty fragment Go shows here. */
const inGoWords = (message: string): string =>
  message.endsWith('trailing backslash at end of expression') ? `${message}: \`\`` : message;
