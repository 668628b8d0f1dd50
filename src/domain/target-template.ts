import type { DecodingStrategy } from './decoding.ts';

/** What a template gives: the value of its key, or YAML that holds keys and their values. */
export type TemplateScope = 'Values' | 'KeysAndValues';

/** Templates kept in an object of the ExternalSecret's namespace, in the order in which they apply. */
export interface TemplateItems {
  readonly name: string;
  readonly items: readonly { readonly key: string; readonly templateAs: TemplateScope }[];
}

/** One entry of `templateFrom`; it may have several sources, which apply in this order. */
export interface TemplateFrom {
  readonly configMap?: TemplateItems | undefined;
  readonly secret?: TemplateItems | undefined;
  /** Always {@link TemplateScope} `KeysAndValues`. */
  readonly literal?: string | undefined;
  /** As written: `Data`, `Labels` or `Annotations` in any case, or empty, which is `Data`. */
  readonly target: string;
  readonly valuesDecodingStrategy: DecodingStrategy;
}

type Texts = Readonly<Record<string, string>>;

/** `spec.target.template` with the API's defaults filled in. */
export interface TargetTemplate {
  /** Type of the Secret; empty: whatever it has. */
  readonly type: string;
  readonly engineVersion: string;
  readonly mergePolicy: 'Replace' | 'Merge';
  readonly metadata: {
    /** Names as they are, values as templates. */
    readonly labels: Texts;
    readonly annotations: Texts;
    readonly finalizers: readonly string[];
  };
  /** Keys as they are, values as templates. */
  readonly data: Texts;
  readonly templateFrom: readonly TemplateFrom[];
}

/** Whether it has templates that somebody may change without touching the ExternalSecret. */
export const readsOtherObjects = ({ templateFrom }: TargetTemplate): boolean =>
  templateFrom.some(({ configMap, secret }) => configMap !== undefined || secret !== undefined);
