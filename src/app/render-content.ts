import type { ExternalSecret } from '../domain/external-secret.ts';
import { needsContent, type SyncFacts } from '../domain/plan-sync.ts';
import { SyncError } from '../domain/sync-error.ts';
import { contentBeforeTemplates, plainContent, type SecretData, type TargetContent } from '../domain/target-content.ts';
import type { TargetConditionMessage } from '../domain/target-error.ts';
import type { TargetTemplate } from '../domain/target-template.ts';
import {
  ownSteps,
  stepsFromSources,
  type TemplateStep,
  type TextOf,
  templateSources,
  withRendered,
} from '../domain/template-steps.ts';
import type { Engine } from './ports/engine.ts';
import { sourceId, type TemplateSources, textsIn } from './template-sources.ts';

/** A template that could not be applied; nothing was written. The message is the event's, in the reference's words. */
export class TemplateError extends SyncError {
  override readonly name = 'TemplateError';
  readonly reason: string;
  readonly retryable: boolean;
  readonly conditionMessage: TargetConditionMessage = 'could not update secret';

  constructor(doing: string, cause: SyncError) {
    super(`${doing}${cause.message}`, { cause });
    this.reason = cause.reason;
    this.retryable = cause.retryable;
  }
}

/** What renders templates, and where they are read from. */
export interface Rendering {
  readonly engine: Engine;
  readonly sources: TemplateSources;
}

/**
 * What the data come to in the target. Sources are read, and the engine asked, only where a template is applied.
 * @throws TemplateError
 */
export const renderContent = async (
  facts: SyncFacts,
  rendering: Rendering,
  signal?: AbortSignal,
): Promise<TargetContent> => {
  const { es, existing, data } = facts;
  const { template } = es.target;
  if (template === undefined || !needsContent(facts)) return plainContent(es, data);
  const applying = `${existing === undefined ? '' : `unable to mutate secret ${existing.name}: `}could not apply template: `;
  const fetched = await attempt(TemplateError, `${applying}error fetching templateFrom data: `, async () => {
    const steps = stepsFromSources(template, await readTexts({ es, template }, rendering.sources, signal));
    return renderSteps(rendering.engine, { content: contentBeforeTemplates(template, data), steps, data }, signal);
  });
  return attempt(TemplateError, `${applying}could not execute template: could not execute template: `, () =>
    renderSteps(rendering.engine, { content: fetched, steps: ownSteps(template), data }, signal),
  );
};

export const readTexts = async (
  { es, template }: { readonly es: Pick<ExternalSecret, 'namespace'>; readonly template: TargetTemplate },
  sources: TemplateSources,
  signal?: AbortSignal,
): Promise<TextOf> => {
  const contents = await Promise.all(
    templateSources(template).map(
      async (source) => [sourceId(source), await sources.read(es.namespace, source, signal)] as const,
    ),
  );
  return textsIn(new Map(contents));
};

export interface Steps {
  readonly content: TargetContent;
  readonly steps: readonly TemplateStep[];
  /** What every template sees. */
  readonly data: SecretData;
}

/** The content with what the steps render to; each sees the same data. */
export const renderSteps = async (
  engine: Engine,
  { content, steps, data }: Steps,
  signal?: AbortSignal,
): Promise<TargetContent> =>
  steps.length === 0 ? content : withRendered(content, steps, await engine.render({ data, templates: steps }, signal));

/** @param as - the error that a failure of `work` becomes */
export const attempt = async <T>(
  as: new (doing: string, cause: SyncError) => TemplateError,
  doing: string,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SyncError ? new as(doing, error) : error;
  }
};
