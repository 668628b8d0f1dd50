import * as z from 'zod/mini';

const texts = z._default(z.record(z.string(), z.string()), {});

const itemsSchema = z.object({
  name: z.string(),
  items: z.array(z.object({ key: z.string(), templateAs: z._default(z.enum(['Values', 'KeysAndValues']), 'Values') })),
});

const templateFromSchema = z.object({
  configMap: z.optional(itemsSchema),
  secret: z.optional(itemsSchema),
  literal: z.optional(z.string()),
  target: z._default(z.string(), 'Data'),
  valuesDecodingStrategy: z._default(z.enum(['Auto', 'Base64', 'Base64URL', 'None', '']), 'None'),
});

const metadataSchema = z.object({ labels: texts, annotations: texts, finalizers: z._default(z.array(z.string()), []) });

/** `spec.target.template`, as `TargetTemplate` has it. */
export const templateSchema = z.object({
  type: z._default(z.string(), ''),
  engineVersion: z._default(z.string(), 'v2'),
  mergePolicy: z._default(z.enum(['Replace', 'Merge']), 'Replace'),
  metadata: z._default(metadataSchema, { labels: {}, annotations: {}, finalizers: [] }),
  data: texts,
  templateFrom: z._default(z.array(templateFromSchema), []),
});
