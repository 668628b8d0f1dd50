import type { TargetTemplate } from './target-template.ts';

const SERVICE_ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';
const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const BOOTSTRAP_TOKEN = 'bootstrap.kubernetes.io/token';
const SECRET_TARGETS = ['', 'data', 'annotations', 'labels'];

type Rule = (template: TargetTemplate) => readonly string[];

/** The API server fills such a Secret with a token of whatever account the annotation names. */
const noServiceAccountName: Rule = ({ type, metadata }) =>
  type === SERVICE_ACCOUNT_TOKEN && Object.hasOwn(metadata.annotations, SERVICE_ACCOUNT_NAME)
    ? [`template.type="${SERVICE_ACCOUNT_TOKEN}" with annotation "${SERVICE_ACCOUNT_NAME}" is not allowed`]
    : [];

const noServiceAccountAnnotations: Rule = ({ type, templateFrom }) =>
  type === SERVICE_ACCOUNT_TOKEN && templateFrom.some(({ target }) => target.toLowerCase() === 'annotations')
    ? [`template.type="${SERVICE_ACCOUNT_TOKEN}" with templateFrom target="Annotations" is not allowed`]
    : [];

/** Such a Secret lets whoever knows it join the cluster. */
const noBootstrapToken: Rule = ({ type }) =>
  type === BOOTSTRAP_TOKEN ? [`template.type="${BOOTSTRAP_TOKEN}" is not allowed`] : [];

const secretTargets: Rule = ({ templateFrom }) =>
  templateFrom
    .filter(({ target }) => !SECRET_TARGETS.includes(target.toLowerCase()))
    .map(
      ({ target }) =>
        `templateFrom target="${target}" is not allowed when targeting a Secret, must be one of "Data", "Annotations" or "Labels"`,
    );

const knownEngine: Rule = ({ engineVersion }) =>
  engineVersion === 'v2' ? [] : [`unsupported template engine version: ${engineVersion}`];

/** What is wrong with a template that can be told before it is rendered, in the reference's words. */
export const templateProblems = (
  template: TargetTemplate,
  { isSecret }: { readonly isSecret: boolean },
): readonly string[] =>
  [
    noServiceAccountName,
    noServiceAccountAnnotations,
    noBootstrapToken,
    ...(isSecret ? [secretTargets] : []),
    knownEngine,
  ].flatMap((rule) => rule(template));
