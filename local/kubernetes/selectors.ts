import { badRequest } from './api-error.ts';
import type { Json, JsonObject } from './json.ts';
import { valueAt } from './json.ts';
import { labelsOf } from './object-meta.ts';
import type { TypedVersion } from './resource-type.ts';

export type Matcher = (object: JsonObject) => boolean;

type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const splitTopLevel = (text: string): readonly string[] =>
  text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

const KEY = '([A-Za-z0-9][A-Za-z0-9._/-]*)';
const FORMS: readonly (readonly [RegExp, (key: string, values: string) => LabelMatcher])[] = [
  [
    new RegExp(`^${KEY}\\s+in\\s+\\(([^)]*)\\)$`),
    (key, values) => (labels) => key in labels && listed(values).includes(labels[key] ?? ''),
  ],
  [
    new RegExp(`^${KEY}\\s+notin\\s+\\(([^)]*)\\)$`),
    (key, values) => (labels) => !(key in labels) || !listed(values).includes(labels[key] ?? ''),
  ],
  [new RegExp(`^${KEY}\\s*!=\\s*(\\S*)$`), (key, value) => (labels) => labels[key] !== value],
  [new RegExp(`^${KEY}\\s*==?\\s*(\\S*)$`), (key, value) => (labels) => labels[key] === value],
  [new RegExp(`^!\\s*${KEY}()$`), (key) => (labels) => !(key in labels)],
  [new RegExp(`^${KEY}()$`), (key) => (labels) => key in labels],
];

const listed = (values: string): readonly string[] => values.split(',').map((value) => value.trim());

const parseLabelTerm = (term: string): LabelMatcher => {
  for (const [form, build] of FORMS) {
    const match = form.exec(term);
    if (match !== null) return build(match[1] ?? '', match[2] ?? '');
  }
  throw badRequest(`unable to parse requirement: found '${term}', expected: a label selector`);
};

const parseLabelSelector = (text: string): Matcher => {
  const terms = splitTopLevel(text).map(parseLabelTerm);
  return (object) => terms.every((matches) => matches(labelsOf(object)));
};

const fieldText = (value: Json | undefined): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

const parseFieldTerm = (term: string, selectable: readonly string[]): Matcher => {
  const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(term);
  if (match === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', operator, wanted] = match;
  if (!selectable.includes(field)) throw badRequest(`field label not supported: ${field}`);
  const equal = operator !== '!=';
  return (object) => (fieldText(valueAt(object, ...field.split('.'))) === wanted) === equal;
};

const parseFieldSelector = (text: string, { type, version }: TypedVersion): Matcher => {
  const own = type.namespaced ? ['metadata.name', 'metadata.namespace'] : ['metadata.name'];
  const selectable = [...own, ...version.selectableFields];
  const terms = splitTopLevel(text).map((term) => parseFieldTerm(term, selectable));
  return (object) => terms.every((matches) => matches(object));
};

/** @throws ApiError - 400 for a selector that cannot be read, or a field that cannot be selected by */
export const parseSelectors = (query: URLSearchParams, target: TypedVersion): Matcher => {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '');
  const byField = parseFieldSelector(query.get('fieldSelector') ?? '', target);
  return (object) => byLabel(object) && byField(object);
};

/** Whether a list is of everything: only then is it known how many objects remain. */
export const hasSelectors = (query: URLSearchParams): boolean =>
  Boolean(query.get('labelSelector')) || Boolean(query.get('fieldSelector'));
