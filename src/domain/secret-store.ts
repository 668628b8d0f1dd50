import * as z from 'zod/mini';
import type { MirroredObject } from './mirrored-object.ts';
import type { NamespaceCondition } from './namespace-conditions.ts';
import { labelSelectorSchema } from './parse-label-selector.ts';
import type { SecretDeletion } from './push/secret-deletion.ts';
import { describeIssues } from './spec-issues.ts';
import { InvalidSpecError, UnsupportedError } from './sync-error.ts';

/** One key of a Secret in the cluster, as a store names it. */
export interface SecretSelector {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly key: string;
}

export interface StaticAuth {
  readonly accessKeyIDSecretRef?: SecretSelector | undefined;
  readonly secretAccessKeySecretRef?: SecretSelector | undefined;
  readonly sessionTokenSecretRef?: SecretSelector | undefined;
}

export interface ServiceAccountSelector {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly audiences: readonly string[];
}

/** `spec.provider.aws` with the API's defaults filled in. Texts that may be absent are empty. */
export interface AwsProvider {
  /** As written: {@link validateStore} knows which are served. */
  readonly service: string;
  readonly region: string;
  readonly role: string;
  readonly additionalRoles: readonly string[];
  readonly externalID: string;
  readonly sessionTags: readonly { readonly key: string; readonly value: string }[];
  readonly transitiveTagKeys: readonly string[];
  readonly sessionTagsPolicy: 'None' | 'Simple' | 'Custom';
  readonly customSessionTags: Readonly<Record<string, string>>;
  /** Put before every key, without a separator. */
  readonly prefix: string;
  readonly secretsManager?: SecretDeletion | undefined;
  readonly auth?:
    | {
        readonly secretRef?: StaticAuth | undefined;
        readonly jwt?: { readonly serviceAccountRef?: ServiceAccountSelector | undefined } | undefined;
      }
    | undefined;
}

/** What a store says beside its provider. */
export interface StoreSettings {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Empty, or the class of the controller that serves it. */
  readonly controller: string;
  readonly conditions: readonly NamespaceCondition[];
  /** As written: seconds, or a Go duration. */
  readonly refreshInterval?: number | string | undefined;
  readonly retrySettings?:
    | { readonly maxRetries?: number | undefined; readonly retryInterval?: string | undefined }
    | undefined;
}

/** A SecretStore, or a ClusterSecretStore, whose namespace is empty. */
export interface SecretStore extends StoreSettings {
  readonly aws: AwsProvider;
}

const text = z._default(z.string(), '');
const texts = z._default(z.array(z.string()), []);
const selectorSchema = z.object({ name: text, namespace: z.optional(z.string()), key: text });

export const authSchema = z.object({
  secretRef: z.optional(
    z.object({
      accessKeyIDSecretRef: z.optional(selectorSchema),
      secretAccessKeySecretRef: z.optional(selectorSchema),
      sessionTokenSecretRef: z.optional(selectorSchema),
    }),
  ),
  jwt: z.optional(
    z.object({
      serviceAccountRef: z.optional(z.object({ name: text, namespace: z.optional(z.string()), audiences: texts })),
    }),
  ),
});

const awsSchema = z.object({
  service: text,
  region: text,
  role: text,
  additionalRoles: texts,
  externalID: text,
  sessionTags: z._default(z.array(z.object({ key: z.string(), value: z.string() })), []),
  transitiveTagKeys: texts,
  sessionTagsPolicy: z.pipe(
    z._default(z.enum(['None', 'Simple', 'Custom', '']), 'None'),
    z.transform((policy) => (policy === '' ? 'None' : policy)),
  ),
  customSessionTags: z._default(z.record(z.string(), z.string()), {}),
  prefix: text,
  secretsManager: z.optional(
    z.object({
      forceDeleteWithoutRecovery: z._default(z.boolean(), false),
      recoveryWindowInDays: z._default(z.int(), 0),
    }),
  ),
  auth: z.optional(authSchema),
});

const conditionSchema = z.object({
  namespaceSelector: z.optional(labelSelectorSchema),
  namespaces: z.optional(z.array(z.string())),
  namespaceRegexes: z.optional(z.array(z.string())),
});

const specSchema = z.object({
  controller: text,
  provider: z._default(z.record(z.string(), z.unknown()), {}),
  conditions: z._default(z.array(conditionSchema), []),
  refreshInterval: z.optional(z.union([z.number(), z.string()])),
  retrySettings: z.optional(z.object({ maxRetries: z.optional(z.int()), retryInterval: z.optional(z.string()) })),
});

const providerSchema = z.object({ spec: z.object({ provider: z.object({ aws: awsSchema }) }) });

/**
 * Reads a store out of what the API server holds. Ask {@link isServedStore} first: a store of another controller is
 * nobody's mistake.
 * @throws InvalidSpecError - names the field; or the store has no provider, or several
 * @throws UnsupportedError - names the provider, which is not AWS
 */
export const parseSecretStore = (object: MirroredObject): SecretStore => {
  const { provider } = parse(z.object({ spec: specSchema }), object).spec;
  refuseOtherProviders(object.ref.name, Object.keys(provider));
  const { aws } = parse(providerSchema, { spec: { provider } }).spec.provider;
  return { ...parseStoreSettings(object), aws };
};

/**
 * Reads what can be judged of a store before its provider is looked at.
 * @throws InvalidSpecError - names the field
 */
export const parseStoreSettings = (object: MirroredObject): StoreSettings => {
  const { ref, uid, generation } = object;
  const { provider: _, ...settings } = parse(z.object({ spec: specSchema }), object).spec;
  const kind = ref.kind === 'ClusterSecretStore' ? 'ClusterSecretStore' : 'SecretStore';
  return { ...settings, kind, namespace: ref.namespace, name: ref.name, uid, generation };
};

/** `spec.controller` of a store whose spec need not be readable otherwise. */
export const controllerOf = ({ spec }: Pick<MirroredObject, 'spec'>): string => {
  const parsed = z.safeParse(z.object({ controller: text }), spec);
  return parsed.success ? parsed.data.controller : '';
};

/** Whether a store is ours to serve: it names no controller, or our class. */
export const isServedStore = (object: Pick<MirroredObject, 'spec'>, controllerClass: string): boolean =>
  ['', controllerClass].includes(controllerOf(object));

const parse = <T>(schema: z.ZodMiniType<T>, object: unknown): T => {
  const parsed = z.safeParse(schema, object);
  if (!parsed.success) throw new InvalidSpecError(describeIssues(parsed.error.issues));
  return parsed.data;
};

const refuseOtherProviders = (store: string, providers: readonly string[]): void => {
  const [provider] = providers;
  if (providers.length !== 1 || provider === undefined)
    throw new InvalidSpecError(
      `store error for ${store}: secret stores must only have exactly one backend specified, found ${providers.length}`,
    );
  if (provider !== 'aws') throw new UnsupportedError(`provider ${provider} of store ${store}`);
};
