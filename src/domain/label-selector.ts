export interface LabelRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** A Kubernetes label selector: everything it lists must hold; an empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

export type Labels = Readonly<Record<string, string>>;

/** Whether the labels satisfy the selector. One that Kubernetes would refuse (an unknown operator) selects nothing. */
export const selectsLabels = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
  matchExpressions.every((requirement) => meets(requirement, labels));

/** Why Kubernetes would refuse the selector, in its own words; undefined: it would not. */
export const selectorProblem = ({ matchExpressions = [] }: LabelSelector): string | undefined =>
  matchExpressions.map(requirementProblem).find((problem) => problem !== undefined);

/**
 * As a list request carries it: `app=web,tier in (a,b)`. Ask {@link selectorProblem} first; empty selects everything.
 */
export const selectorText = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string =>
  [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(requirementText),
  ].join(',');

const requirementText = ({ key, operator, values = [] }: LabelRequirement): string => {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    default:
      return `!${key}`;
  }
};

const requirementProblem = ({ operator, values = [] }: LabelRequirement): string | undefined => {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? undefined
        : "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty";
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? undefined
        : `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`;
    default:
      return `${JSON.stringify(operator)} is not a valid label selector operator`;
  }
};

const meets = ({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean => {
  const label = labelOf(labels, key);
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return values.length > 0 && (label === undefined || !values.includes(label));
    case 'Exists':
      return values.length === 0 && label !== undefined;
    case 'DoesNotExist':
      return values.length === 0 && label === undefined;
    default:
      return false;
  }
};

/** A label may be named like something every object inherits, such as `constructor`. */
const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;
