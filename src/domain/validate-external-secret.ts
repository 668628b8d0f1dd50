import { type DataFromEntry, type ExternalSecret, isGeneric } from './external-secret.ts';
import { InvalidSpecError } from './sync-error.ts';
import { templateProblems } from './validate-template.ts';

type Rule = (es: ExternalSecret) => readonly string[];

const deletionNeedsOwner: Rule = ({ target }) =>
  target.deletionPolicy === 'Delete' && ['Merge', 'None', 'CreateOrMerge'].includes(target.creationPolicy)
    ? [
        "deletionPolicy=Delete must not be used when the controller doesn't own the secret. Please set creationPolicy=Owner",
      ]
    : [];

const mergeNeedsSecret: Rule = ({ target }) =>
  target.deletionPolicy === 'Merge' && target.creationPolicy === 'None'
    ? ['deletionPolicy=Merge must not be used with creationPolicy=None. There is no Secret to merge with']
    : [];

const somethingToRead: Rule = ({ data, dataFrom }) =>
  data.length === 0 && dataFrom.length === 0 ? ['either data or dataFrom should be specified'] : [];

const allowedTemplate: Rule = ({ target }) =>
  target.template === undefined ? [] : templateProblems(target.template, { isSecret: !isGeneric({ target }) });

const oneSourceAnEntry: Rule = ({ dataFrom }) => dataFrom.flatMap(sourceProblems);

const sourceProblems = (entry: DataFromEntry): readonly string[] => {
  const sources = [entry.extract !== undefined, entry.find !== undefined, entry.sourceRef === 'generator'].filter(
    Boolean,
  ).length;
  if (sources > 1) return ['extract, find, or generatorRef cannot be set at the same time'];
  if (entry.sourceRef === 'empty') return ['generatorRef or storeRef must be set when using sourceRef in dataFrom'];
  if (sources === 0 && entry.sourceRef === 'absent')
    return ['either extract, find, or sourceRef must be set to dataFrom'];
  return [];
};

/** With any other deletionPolicy the last entry wins. */
const uniqueKeys: Rule = ({ target, data }) => {
  if (target.deletionPolicy !== 'Retain') return [];
  const keys = data.map(({ secretKey }) => secretKey);
  return keys.filter((key, index) => keys.indexOf(key) < index).map((key) => `duplicate secretKey found: ${key}`);
};

const RULES: readonly Rule[] = [
  deletionNeedsOwner,
  mergeNeedsSecret,
  somethingToRead,
  allowedTemplate,
  oneSourceAnEntry,
  uniqueKeys,
];

/**
 * The admission rules, for clusters whose CRDs do not carry them.
 * @throws InvalidSpecError - every violation, one a line
 */
export const validateExternalSecret = (es: ExternalSecret): void => {
  const problems = RULES.flatMap((rule) => rule(es));
  if (problems.length > 0) throw new InvalidSpecError(problems.join('\n'));
};
