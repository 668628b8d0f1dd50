import * as z from 'zod/mini';
import { type LabelSelector, selectsLabels } from '../label-selector.ts';
import type { MirroredObject } from '../mirrored-object.ts';
import { labelSelectorSchema } from '../parse-label-selector.ts';

/** One reference to stores: by name, or to all that a selector matches. */
export interface StoreInterest {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  readonly selector?: LabelSelector | undefined;
}

/** What of its cluster a PushSecret depends on: a change of it is to be pushed, or changes what is. */
export interface PushInterest {
  /** The Secret that is pushed. Empty: `selector` says which. */
  readonly source: string;
  readonly selector?: LabelSelector | undefined;
  /** Secrets besides, of templates and of resource policies. */
  readonly secrets: readonly string[];
  readonly stores: readonly StoreInterest[];
}

/** What is not of its form is left out, for the object's own pass to report; the rest of the spec counts all the same. */
const orNothing = <S extends z.ZodMiniType>(schema: S) => z.catch(z.optional(schema), undefined);

const listOf = <S extends z.ZodMiniType>(schema: S) => z.catch(z.array(orNothing(schema)), []);

const storeRefSchema = z.object({
  kind: z._default(z.enum(['SecretStore', 'ClusterSecretStore']), 'SecretStore'),
  name: z._default(z.string(), ''),
  labelSelector: z.optional(labelSelectorSchema),
});

const metadataSchema = z.object({
  spec: z.object({
    resourcePolicy: z.object({ policySourceRef: z.object({ kind: z.literal('Secret'), name: z.string() }) }),
  }),
});

const withMetadata = z.object({ metadata: orNothing(metadataSchema) });

const specSchema = z.object({
  secretStoreRefs: listOf(storeRefSchema),
  selector: orNothing(
    z.object({
      secret: orNothing(z.object({ name: z._default(z.string(), ''), selector: orNothing(labelSelectorSchema) })),
    }),
  ),
  data: listOf(withMetadata),
  dataTo: listOf(withMetadata),
  template: orNothing(
    z.object({ templateFrom: listOf(z.object({ secret: orNothing(z.object({ name: z.string() })) })) }),
  ),
});

const NOTHING: PushInterest = { source: '', secrets: [], stores: [] };

/** What a PushSecret depends on, from a spec that may not parse: what it names may be what keeps it from being pushed. */
export const pushInterestOf = (object: MirroredObject): PushInterest => {
  const parsed = z.safeParse(specSchema, object.spec);
  if (!parsed.success) return NOTHING;
  const { secretStoreRefs, selector, data, dataTo, template } = parsed.data;
  const source = selector?.secret?.name ?? '';
  const policies = [...data, ...dataTo].map((entry) => entry?.metadata?.spec.resourcePolicy.policySourceRef.name);
  const templates = template?.templateFrom.map((from) => from?.secret?.name) ?? [];
  return {
    source,
    ...(source === '' && selector?.secret?.selector !== undefined && { selector: selector.secret.selector }),
    secrets: [...new Set([...policies, ...templates].flatMap((name) => name ?? []))],
    stores: secretStoreRefs.flatMap((ref) =>
      ref === undefined ? [] : [{ kind: ref.kind, name: ref.name, selector: ref.labelSelector }],
    ),
  };
};

/** Whether the PushSecret pushes to the store, as it is; a selector wins over a name. */
export const pushesTo = (
  { stores }: PushInterest,
  namespace: string,
  store: Pick<MirroredObject, 'ref' | 'labels'>,
): boolean =>
  (store.ref.kind === 'ClusterSecretStore' || store.ref.namespace === namespace) &&
  stores.some(
    ({ kind, name, selector }) =>
      kind === store.ref.kind &&
      (selector === undefined ? name === store.ref.name : selectsLabels(selector, store.labels)),
  );
