import { EngineError } from '../domain/engine-error.ts';
import type { ExternalSecret } from '../domain/external-secret.ts';
import type { JsonValue } from '../domain/go-map-text.ts';
import { changeAt, isJsonObject, parseManifestPath } from '../domain/manifest-path.ts';
import type { ManifestTarget } from '../domain/manifest-target.ts';
import { type ManifestContent, membersBefore, plainManifest } from '../domain/plan-manifest.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import type { SecretData, TargetContent } from '../domain/target-content.ts';
import type { TargetTemplate } from '../domain/target-template.ts';
import { ownSteps, stepsFromSources, type TemplateStep, type TextOf, withRendered } from '../domain/template-steps.ts';
import type { Engine } from './ports/engine.ts';
import { attempt, type Rendering, readTexts, TemplateError } from './render-content.ts';

/** The reference's word for it where the target is no Secret. */
class ManifestTemplateError extends TemplateError {
  override readonly conditionMessage = 'could not apply template to manifest';
}

interface ManifestFacts {
  readonly es: ExternalSecret;
  readonly existing: ManifestTarget | undefined;
  readonly data: SecretData;
}

/** A step, and where in the manifest it goes: one of the three maps, or anywhere. */
interface PlacedStep {
  readonly step: TemplateStep;
  /** As written; undefined: `step.target` says it. */
  readonly path: string | undefined;
}

/**
 * What the data come to in a target that is no Secret. Each template is rendered once, wherever it is kept and wherever it
 * goes.
 * @throws TemplateError
 */
export const renderManifest = async (
  { es, existing, data }: ManifestFacts,
  { engine, sources }: Rendering,
  signal?: AbortSignal,
): Promise<ManifestContent> => {
  const { template } = es.target;
  if (template === undefined) return plainManifest(es, existing, data);
  return attempt(
    ManifestTemplateError,
    `unable to mutate ${es.target.manifest?.kind} ${es.target.name}: could not apply template: `,
    async () => {
      const steps = placedSteps(template, await readTexts({ es, template }, sources, signal));
      const templates = steps.map(({ step, path }) => ({
        ...step,
        scope: path === undefined ? step.scope : ('Values' as const),
      }));
      const results = steps.length === 0 ? [] : await engine.render({ data, templates }, signal);
      const { labels, annotations } = template.metadata;
      let content: ManifestContent = { labels, annotations, members: membersBefore(es, existing) };
      for (const [index, placed] of steps.entries())
        content = await put(content, { placed, result: results[index] ?? new Map(), engine }, signal);
      return content;
    },
  );
};

/** The template's own labels and annotations are taken as they are; of its maps only `data` is rendered. */
const placedSteps = (template: TargetTemplate, textOf: TextOf): readonly PlacedStep[] => [
  ...template.templateFrom.flatMap((entry, index) =>
    stepsFromSources(only(template, index), textOf).map((step) => ({ step, path: pathOf(entry.target) })),
  ),
  ...ownSteps(template).flatMap((step) => (step.target === 'Data' ? [{ step, path: undefined }] : [])),
];

/** One entry, in its place. */
const only = (template: TargetTemplate, index: number): TargetTemplate => ({
  ...template,
  templateFrom: template.templateFrom.map((entry, at) =>
    at === index ? entry : { target: '', valuesDecodingStrategy: 'None' },
  ),
});

const pathOf = (target: string): string | undefined =>
  ['', 'data', 'labels', 'annotations'].includes(target.toLowerCase()) ? undefined : target;

interface Put {
  readonly placed: PlacedStep;
  readonly result: SecretData;
  readonly engine: Engine;
}

const put = async (
  content: ManifestContent,
  { placed, result, engine }: Put,
  signal?: AbortSignal,
): Promise<ManifestContent> => {
  const { step, path } = placed;
  if (path === undefined) return putIntoMap(content, step, result);
  const [[key, text] = []] = result;
  if (key === undefined || text === undefined) return content;
  const { members } = content;
  if (step.scope === 'Values' && path.toLowerCase() === 'spec') {
    const spec = changeAt(members, ['spec', key], () => text.revealText());
    return { ...content, members: spec };
  }
  const steps = parseManifestPath(path);
  const value = await parseYaml(engine, { text, strict: step.scope === 'KeysAndValues' }, signal);
  const merges = step.scope === 'KeysAndValues' && steps.length > 1;
  const change = (before: JsonValue | undefined): JsonValue =>
    merges && isJsonObject(before) && isJsonObject(value) ? { ...before, ...value } : value;
  return { ...content, members: changeAt(members, steps, change) };
};

const putIntoMap = (content: ManifestContent, step: TemplateStep, result: SecretData): ManifestContent => {
  const empty: TargetContent = { type: '', labels: {}, annotations: {}, finalizers: [], data: new Map() };
  const { labels, annotations, data } = withRendered(empty, [step], [result]);
  const texts = Object.fromEntries([...data].map(([key, value]) => [key, value.revealText()]));
  const before = content.members['data'];
  return {
    labels: { ...content.labels, ...labels },
    annotations: { ...content.annotations, ...annotations },
    members:
      step.target === 'Data'
        ? { ...content.members, data: { ...(isJsonObject(before) ? before : {}), ...texts } }
        : content.members,
  };
};

/** Text that is no YAML stays a text where one value was asked for. */
const parseYaml = async (
  engine: Engine,
  { text, strict }: { readonly text: SecretValue; readonly strict: boolean },
  signal?: AbortSignal,
): Promise<JsonValue> => {
  try {
    return JSON.parse((await engine.yamlToJson(text, signal)).revealText());
  } catch (error) {
    if (strict || !(error instanceof EngineError)) throw error;
    return text.revealText();
  }
};
