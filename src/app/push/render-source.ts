import type { PushSecret } from '../../domain/push/push-secret.ts';
import type { SecretData, TargetContent } from '../../domain/target-content.ts';
import { ownSteps, stepsFromSources } from '../../domain/template-steps.ts';
import type { Engine } from '../ports/engine.ts';
import { readTexts, renderSteps } from '../render-content.ts';
import type { TemplateSources } from '../template-sources.ts';
import { inStep } from './push-error.ts';

/**
 * A source with what the template makes of it: its own keys stay, unless a template has their name. Labels and annotations
 * are rendered for the mistakes in them alone; the Secret itself is never written.
 * @throws PushError - the reference tells it nobody; here its author reads it in the condition
 */
export const renderSource = async (
  { template, namespace, data }: Pick<PushSecret, 'template' | 'namespace'> & { readonly data: SecretData },
  { engine, templates }: { readonly engine: Engine; readonly templates: TemplateSources },
  signal?: AbortSignal,
): Promise<SecretData> => {
  if (template === undefined) return data;
  const before: TargetContent = { type: template.type, labels: {}, annotations: {}, finalizers: [], data };
  const fetched = await inStep('error fetching templateFrom data: ', async () => {
    const texts = await readTexts({ es: { namespace }, template }, templates, signal);
    return renderSteps(engine, { content: before, steps: stepsFromSources(template, texts), data }, signal);
  });
  const rendered = await inStep('could not execute template: ', () =>
    renderSteps(engine, { content: fetched, steps: ownSteps(template), data }, signal),
  );
  return rendered.data;
};
