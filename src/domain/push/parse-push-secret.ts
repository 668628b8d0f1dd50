import * as z from 'zod/mini';
import { generatorRefSchema } from '../generator-ref.ts';
import { parseGoDuration } from '../go-duration.ts';
import type { MirroredObject } from '../mirrored-object.ts';
import { labelSelectorSchema } from '../parse-label-selector.ts';
import { templateSchema } from '../parse-template.ts';
import { describeIssues } from '../spec-issues.ts';
import { InvalidSpecError } from '../sync-error.ts';
import type { KeyRewrite, PushSecret, PushSelector } from './push-secret.ts';

const text = z._default(z.string(), '');

const storeRefSchema = z.object({
  name: text,
  labelSelector: z.optional(labelSelectorSchema),
  kind: z.pipe(
    z._default(z.enum(['SecretStore', 'ClusterSecretStore', '']), 'SecretStore'),
    z.transform((kind) => (kind === '' ? 'SecretStore' : kind)),
  ),
});

const conversionSchema = z.pipe(
  z._default(z.enum(['None', 'ReverseUnicode', '']), 'None'),
  z.transform((strategy) => (strategy === '' ? 'None' : strategy)),
);

const selectorSchema = z.object({
  secret: z.optional(z.object({ name: text, selector: z.optional(labelSelectorSchema) })),
  generatorRef: z.optional(generatorRefSchema),
});

const dataSchema = z.object({
  match: z.object({ secretKey: text, remoteRef: z.object({ remoteKey: z.string(), property: text }) }),
  metadata: z.optional(z.unknown()),
  conversionStrategy: conversionSchema,
});

const rewriteSchema = z.object({
  regexp: z.optional(z.object({ source: z.string(), target: z.string() })),
  transform: z.optional(z.object({ template: z.string() })),
});

const dataToSchema = z.object({
  storeRef: z.optional(storeRefSchema),
  remoteKey: text,
  match: z.optional(z.object({ regexp: text })),
  rewrite: z._default(z.array(rewriteSchema), []),
  metadata: z.optional(z.unknown()),
  conversionStrategy: conversionSchema,
});

const specSchema = z.object({
  refreshInterval: z._default(z.string(), '1h0m0s'),
  secretStoreRefs: z.array(storeRefSchema),
  updatePolicy: z._default(z.enum(['Replace', 'IfNotExists']), 'Replace'),
  deletionPolicy: z._default(z.enum(['Delete', 'None']), 'None'),
  selector: selectorSchema,
  data: z._default(z.array(dataSchema), []),
  dataTo: z._default(z.array(dataToSchema), []),
  template: z.optional(templateSchema),
});

/**
 * Reads a PushSecret out of what the API server holds. The CRD's schema and rules were there first, so this refuses only
 * what a foreign or older definition let through.
 * @throws InvalidSpecError - names the field
 */
export const parsePushSecret = ({ ref, spec, ...object }: MirroredObject): PushSecret => {
  const parsed = z.safeParse(z.object({ spec: specSchema }), { spec });
  if (!parsed.success) throw new InvalidSpecError(describeIssues(parsed.error.issues));
  const { refreshInterval, secretStoreRefs: stores, selector, data, dataTo, ...settings } = parsed.data.spec;
  return {
    namespace: ref.namespace,
    name: ref.name,
    uid: object.uid,
    generation: object.generation,
    labels: object.labels,
    annotations: object.annotations,
    ...settings,
    refreshIntervalMilliseconds: parseInterval(refreshInterval),
    stores,
    selector: toSelector(selector),
    data: data.map(({ match: { secretKey, remoteRef }, ...entry }) => ({ ...entry, ...remoteRef, secretKey })),
    dataTo: dataTo.map((rule, index) => ({
      ...rule,
      match: rule.match?.regexp ?? '',
      rewrite: toRewrites(rule, index),
    })),
  };
};

const toSelector = ({ secret, generatorRef }: z.infer<typeof selectorSchema>): PushSelector => ({
  secretName: secret?.name ?? '',
  ...(generatorRef === undefined ? {} : { generator: generatorRef }),
  ...(secret?.selector === undefined ? {} : { secrets: secret.selector }),
});

/** What the definition's own rules say, for clusters whose definition does not carry them. */
const toRewrites = ({ rewrite, remoteKey }: z.infer<typeof dataToSchema>, index: number): readonly KeyRewrite[] => {
  if (remoteKey !== '' && rewrite.length > 0)
    throw new InvalidSpecError(
      `spec.dataTo[${index}]: remoteKey and rewrite are mutually exclusive: rewrite is only supported in per-key mode (without remoteKey)`,
    );
  return rewrite.map(({ regexp, transform }, at) => {
    if (regexp !== undefined && transform === undefined) return { type: 'regexp', ...regexp };
    if (regexp === undefined && transform !== undefined) return { type: 'transform', ...transform };
    throw new InvalidSpecError(`spec.dataTo[${index}].rewrite[${at}]: exactly one of regexp or transform must be set`);
  });
};

const parseInterval = (written: string): number => {
  try {
    return parseGoDuration(written);
  } catch (error) {
    throw new InvalidSpecError(`spec.refreshInterval: ${error instanceof Error ? error.message : 'invalid duration'}`);
  }
};

const policySchema = z.object({ deletionPolicy: specSchema.shape.deletionPolicy });

/** From a spec that may not parse: what was pushed is removed with the object only where it clearly asks for that. */
export const deletionPolicyIn = ({ spec }: Pick<MirroredObject, 'spec'>): PushSecret['deletionPolicy'] =>
  z.safeParse(policySchema, spec).data?.deletionPolicy ?? 'None';
