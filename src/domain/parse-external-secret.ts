import * as z from 'zod/mini';
import type { DataFromEntry, ExternalSecret, Find, StoreRef } from './external-secret.ts';
import { generatorRefSchema } from './generator-ref.ts';
import { parseGoDuration } from './go-duration.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { rewriteSchema } from './parse-rewrite.ts';
import { templateSchema } from './parse-template.ts';
import { describeIssues } from './spec-issues.ts';
import { InvalidSpecError } from './sync-error.ts';

const storeRefSchema = z.object({
  name: z._default(z.string(), ''),
  kind: z.pipe(
    z._default(z.enum(['SecretStore', 'ClusterSecretStore', '']), 'SecretStore'),
    z.transform((kind) => (kind === '' ? 'SecretStore' : kind)),
  ),
});

const strategies = {
  conversionStrategy: z._default(z.enum(['Default', 'Unicode']), 'Default'),
  decodingStrategy: z._default(z.enum(['Auto', 'Base64', 'Base64URL', 'None']), 'None'),
  nullBytePolicy: z._default(z.enum(['Ignore', 'Fail']), 'Ignore'),
};

const remoteRefSchema = z.object({
  key: z.string(),
  property: z._default(z.string(), ''),
  version: z._default(z.string(), ''),
  metadataPolicy: z._default(z.enum(['None', 'Fetch']), 'None'),
  ...strategies,
});

const findSchema = z.object({
  path: z._default(z.string(), ''),
  name: z.optional(z.object({ regexp: z._default(z.string(), '') })),
  tags: z._default(z.record(z.string(), z.string()), {}),
  ...strategies,
});

const dataSchema = z.object({
  secretKey: z.string(),
  remoteRef: remoteRefSchema,
  sourceRef: z.optional(z.object({ storeRef: z.optional(storeRefSchema), generatorRef: z.optional(z.unknown()) })),
});

const dataFromSchema = z.object({
  extract: z.optional(remoteRefSchema),
  find: z.optional(findSchema),
  rewrite: rewriteSchema,
  sourceRef: z.optional(
    z.object({ storeRef: z.optional(storeRefSchema), generatorRef: z.optional(generatorRefSchema) }),
  ),
});

const targetSchema = z.object({
  name: z._default(z.string(), ''),
  creationPolicy: z._default(z.enum(['Owner', 'Orphan', 'Merge', 'CreateOrMerge', 'None']), 'Owner'),
  deletionPolicy: z._default(z.enum(['Delete', 'Merge', 'Retain']), 'Retain'),
  immutable: z._default(z.boolean(), false),
  template: z.optional(templateSchema),
  manifest: z.optional(z.object({ apiVersion: z._default(z.string(), ''), kind: z._default(z.string(), '') })),
});

const syncWindowsSchema = z.object({
  kind: z.string(),
  windows: z.array(z.object({ schedule: z.string(), duration: z.string() })),
});

const specSchema = z.object({
  secretStoreRef: z.optional(storeRefSchema),
  target: z._default(targetSchema, { ...z.parse(targetSchema, {}) }),
  refreshPolicy: z.pipe(
    z._default(z.enum(['CreatedOnce', 'Periodic', 'OnChange', '']), 'Periodic'),
    z.transform((policy) => (policy === '' ? 'Periodic' : policy)),
  ),
  refreshInterval: z._default(z.string(), '1h0m0s'),
  syncWindows: z.optional(syncWindowsSchema),
  data: z._default(z.array(dataSchema), []),
  dataFrom: z._default(z.array(dataFromSchema), []),
});

const NO_STORE: StoreRef = { name: '', kind: 'SecretStore' };

/**
 * Reads an ExternalSecret out of what the API server holds. The CRD's schema was there first, so this refuses only
 * what a foreign or older schema let through.
 * @throws InvalidSpecError - names the field
 */
export const parseExternalSecret = (object: MirroredObject): ExternalSecret => {
  const parsed = z.safeParse(specSchema, object.spec);
  if (!parsed.success) throw new InvalidSpecError(describeIssues(parsed.error.issues));
  const spec = parsed.data;
  const specStore: StoreRef = spec.secretStoreRef ?? NO_STORE;
  return {
    namespace: object.ref.namespace,
    name: object.ref.name,
    uid: object.uid,
    generation: object.generation,
    labels: object.labels,
    annotations: object.annotations,
    refreshPolicy: spec.refreshPolicy,
    refreshIntervalMilliseconds: parseRefreshInterval(spec.refreshInterval),
    ...(spec.syncWindows === undefined ? {} : { syncWindows: spec.syncWindows }),
    target: {
      ...spec.target,
      name: spec.target.name === '' ? object.ref.name : spec.target.name,
      template: spec.target.template,
      manifest: spec.target.manifest,
    },
    ...(spec.secretStoreRef === undefined ? {} : { store: spec.secretStoreRef }),
    data: spec.data.map(({ secretKey, remoteRef, sourceRef }) => ({
      secretKey,
      remoteRef,
      store: sourceRef?.storeRef ?? specStore,
      generator: sourceRef?.generatorRef !== undefined,
    })),
    dataFrom: spec.dataFrom.map(({ extract, find, rewrite, sourceRef }) => ({
      ...(extract === undefined ? {} : { extract }),
      store: sourceRef?.storeRef ?? specStore,
      ...(find === undefined ? {} : { find: toFind(find) }),
      rewrite,
      sourceRef: kindOfSourceRef(sourceRef),
      ...(sourceRef?.generatorRef === undefined ? {} : { generator: sourceRef.generatorRef }),
    })),
  };
};

const toFind = ({ path, name, tags, ...rest }: z.infer<typeof findSchema>): Find => ({
  ...rest,
  selector: { path, ...(name === undefined ? {} : { name: name.regexp }), tags },
});

/** The Secret an ExternalSecret writes, from a spec that may not parse: the feed must know it all the same. */
export const targetNameOf = (object: MirroredObject): string => {
  const parsed = z.safeParse(z.object({ target: z.object({ name: z.string() }) }), object.spec);
  return parsed.success && parsed.data.target.name !== '' ? parsed.data.target.name : object.ref.name;
};

/** Milliseconds between two refreshes as the object asks for, from a spec that may not parse; undefined: it does not tell. */
export const refreshIntervalIn = (object: MirroredObject): number | undefined => {
  const parsed = z.safeParse(z.object({ refreshInterval: specSchema.shape.refreshInterval }), object.spec);
  try {
    return parsed.success ? parseGoDuration(parsed.data.refreshInterval) : undefined;
  } catch {
    return undefined; // reported on the object
  }
};

const namedStore = z.catch(z.optional(storeRefSchema), undefined);
const namingEntries = z.catch(
  z.array(z.catch(z.object({ sourceRef: z.optional(z.object({ storeRef: namedStore })) }), {})),
  [],
);
const storesSchema = z.object({ secretStoreRef: namedStore, data: namingEntries, dataFrom: namingEntries });

/** Each store an ExternalSecret names, from a spec that may not parse: whose it is must be known before it is judged. */
export const storeRefsIn = (object: MirroredObject): readonly StoreRef[] => {
  const parsed = z.safeParse(storesSchema, object.spec);
  if (!parsed.success) return [];
  const { secretStoreRef, data, dataFrom } = parsed.data;
  return [secretStoreRef, ...[...dataFrom, ...data].map(({ sourceRef }) => sourceRef?.storeRef)].flatMap(
    (ref) => ref ?? [],
  );
};

const kindOfSourceRef = (
  sourceRef: { readonly storeRef?: unknown; readonly generatorRef?: unknown } | undefined,
): DataFromEntry['sourceRef'] => {
  if (sourceRef === undefined) return 'absent';
  if (sourceRef.generatorRef !== undefined) return 'generator';
  return sourceRef.storeRef === undefined ? 'empty' : 'store';
};

const parseRefreshInterval = (text: string): number => {
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw new InvalidSpecError(`spec.refreshInterval: ${error instanceof Error ? error.message : 'invalid duration'}`);
  }
};
