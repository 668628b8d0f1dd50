import type { ExternalSecret } from './external-secret.ts';
import type { SecretValue } from './secret-value.ts';
import type { TargetTemplate } from './target-template.ts';

export type SecretData = ReadonlyMap<string, SecretValue>;

/** What an ExternalSecret puts into its target, whatever else is in there. */
export interface TargetContent {
  /** Empty: the type the Secret has, or the API server's default. */
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Added where they are missing. */
  readonly finalizers: readonly string[];
  readonly data: SecretData;
}

/** Without a template: the values as they are, and the object's own labels and annotations. */
export const plainContent = ({ labels, annotations }: ExternalSecret, data: SecretData): TargetContent => ({
  type: '',
  labels,
  annotations,
  finalizers: [],
  data,
});

/** With a template, before any of it is rendered. A template that makes no keys keeps those of the provider. */
export const contentBeforeTemplates = (template: TargetTemplate, data: SecretData): TargetContent => {
  const makesKeys = Object.keys(template.data).length > 0 || template.templateFrom.length > 0;
  return {
    type: template.type,
    labels: {},
    annotations: {},
    finalizers: template.metadata.finalizers,
    data: template.mergePolicy === 'Merge' || !makesKeys ? data : new Map(),
  };
};
