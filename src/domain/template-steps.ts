import { type DecodingStrategy, tryDecode } from './decoding.ts';
import { compareBytes } from './go-map-text.ts';
import { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError } from './sync-error.ts';
import type { SecretData, TargetContent } from './target-content.ts';
import type { TargetTemplate, TemplateFrom, TemplateItems, TemplateScope } from './target-template.ts';

/** One template to render, and where its result goes. */
export interface TemplateStep {
  /** The key it renders; of a whole map, its place in the spec. */
  readonly name: string;
  readonly text: SecretValue;
  readonly scope: TemplateScope;
  readonly target: 'Data' | 'Labels' | 'Annotations';
  readonly decodingStrategy: DecodingStrategy;
  /** Whether messages may quote the text: it is in the spec or in a ConfigMap, and in no Secret. */
  readonly isPublic: boolean;
}

/** An object that holds templates, in the ExternalSecret's namespace. */
export interface TemplateSource {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** Each object whose templates `templateFrom` uses, in order of appearance; one used twice comes twice. */
export const templateSources = ({ templateFrom }: TargetTemplate): readonly TemplateSource[] =>
  templateFrom.flatMap(({ configMap, secret }) => [...sourceOf('ConfigMap', configMap), ...sourceOf('Secret', secret)]);

/** The text under one key of a source. */
export type TextOf = (source: TemplateSource, key: string) => SecretValue;

/** The steps of `templateFrom`: entries in their order, in each first the ConfigMap, then the Secret, then the literal. */
export const stepsFromSources = ({ templateFrom }: TargetTemplate, textOf: TextOf): readonly TemplateStep[] =>
  templateFrom.flatMap((entry, index) => {
    const place = `templateFrom[${index}]`;
    const goesTo = { target: targetOf(entry), decodingStrategy: entry.valuesDecodingStrategy };
    return [
      ...stepsOfItems('ConfigMap', entry.configMap, { place, textOf }),
      ...stepsOfItems('Secret', entry.secret, { place, textOf }),
      ...stepsOfLiteral(entry.literal, place),
    ].map((step) => ({ ...step, ...goesTo }));
  });

/** The steps of the template's own maps; they come after those of its sources and override them. */
export const ownSteps = ({ data, metadata }: TargetTemplate): readonly TemplateStep[] => [
  ...stepsOfMap(data, 'Data'),
  ...stepsOfMap(metadata.labels, 'Labels'),
  ...stepsOfMap(metadata.annotations, 'Annotations'),
];

/**
 * Puts what each step rendered to into the content; later steps win.
 * @throws InvalidSecretValueError - a rendered value is not encoded as its step says
 */
export const withRendered = (
  content: TargetContent,
  steps: readonly TemplateStep[],
  results: readonly SecretData[],
): TargetContent => steps.reduce((before, step, index) => put(before, step, results[index] ?? new Map()), content);

type Untargeted = Omit<TemplateStep, 'target' | 'decodingStrategy'>;

const sourceOf = (kind: TemplateSource['kind'], items: TemplateItems | undefined): readonly TemplateSource[] =>
  items === undefined ? [] : [{ kind, name: items.name }];

const stepsOfItems = (
  kind: TemplateSource['kind'],
  items: TemplateItems | undefined,
  { place, textOf }: { readonly place: string; readonly textOf: TextOf },
): readonly Untargeted[] =>
  (items?.items ?? []).map(({ key, templateAs }) => ({
    name: templateAs === 'Values' ? key : `${place}.${kind === 'Secret' ? 'secret' : 'configMap'}.${key}`,
    scope: templateAs,
    text: textOf({ kind, name: items?.name ?? '' }, key),
    isPublic: kind === 'ConfigMap',
  }));

const stepsOfLiteral = (literal: string | undefined, place: string): readonly Untargeted[] =>
  literal === undefined
    ? []
    : [{ name: `${place}.literal`, scope: 'KeysAndValues', text: SecretValue.fromText(literal), isPublic: true }];

/** Sorted, so that the same one of several mistakes is reported each time. */
const stepsOfMap = (
  templates: Readonly<Record<string, string>>,
  target: TemplateStep['target'],
): readonly TemplateStep[] =>
  Object.entries(templates)
    .toSorted(([a], [b]) => compareBytes(a, b))
    .map(([name, text]) => ({
      name,
      text: SecretValue.fromText(text),
      scope: 'Values',
      target,
      decodingStrategy: 'None',
      isPublic: true,
    }));

const targetOf = ({ target }: TemplateFrom): TemplateStep['target'] => {
  switch (target.toLowerCase()) {
    case 'labels':
      return 'Labels';
    case 'annotations':
      return 'Annotations';
    default:
      return 'Data';
  }
};

const put = (content: TargetContent, step: TemplateStep, result: SecretData): TargetContent => {
  const values = [...result].map(([key, value]) => [key, decoded(step, key, value)] as const);
  if (step.target === 'Data') return { ...content, data: new Map([...content.data, ...values]) };
  const texts = Object.fromEntries(values.map(([key, value]) => [key, value.revealText()]));
  return step.target === 'Labels'
    ? { ...content, labels: { ...content.labels, ...texts } }
    : { ...content, annotations: { ...content.annotations, ...texts } };
};

const decoded = (step: TemplateStep, key: string, value: SecretValue): SecretValue => {
  const result = tryDecode(value, step.decodingStrategy);
  if (result instanceof SecretValue) return result;
  const which = isAuthorsWord(step, key) ? key : `of ${step.name}`;
  throw new InvalidSecretValueError(`failed to decode rendered template value for key ${which}: ${result.problem}`);
};

/** A key that the template made out of a value is not named. */
const isAuthorsWord = ({ scope, text, isPublic }: TemplateStep, key: string): boolean =>
  scope === 'Values' || (isPublic && text.revealText().includes(key));
