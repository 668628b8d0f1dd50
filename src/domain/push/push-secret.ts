import type { StoreRef } from '../external-secret.ts';
import type { GeneratorRef } from '../generator-ref.ts';
import type { LabelSelector } from '../label-selector.ts';
import type { TargetTemplate } from '../target-template.ts';

/** A store by name, or all that carry labels; the selector wins over the name. */
export interface PushStoreRef {
  readonly kind: StoreRef['kind'];
  /** Empty: none is given. */
  readonly name: string;
  readonly labelSelector?: LabelSelector | undefined;
}

/** Where the values come from; of several the first in this order counts. */
export interface PushSelector {
  /** Empty: none is given. */
  readonly secretName: string;
  readonly generator?: GeneratorRef | undefined;
  readonly secrets?: LabelSelector | undefined;
}

export type PushConversion = 'None' | 'ReverseUnicode';

/** One key of the source, or all of it, to one remote key. */
export interface PushData {
  /** Empty: the whole source. */
  readonly secretKey: string;
  readonly remoteKey: string;
  /** Empty: none. */
  readonly property: string;
  /** As written; undefined: none. */
  readonly metadata?: unknown;
  readonly conversionStrategy: PushConversion;
}

/** One change of the names of keys under `dataTo`. */
export type KeyRewrite =
  | { readonly type: 'regexp'; readonly source: string; readonly target: string }
  | { readonly type: 'transform'; readonly template: string };

/** Many keys at once: each to a remote key of its own, or all to one. */
export interface PushDataTo {
  readonly storeRef?: PushStoreRef | undefined;
  /** All matched keys go there as one JSON object. Empty: each key has its own. */
  readonly remoteKey: string;
  /** RE2, matched anywhere. Empty: all keys. */
  readonly match: string;
  readonly rewrite: readonly KeyRewrite[];
  readonly metadata?: unknown;
  readonly conversionStrategy: PushConversion;
}

/** A PushSecret with the API's defaults filled in. */
export interface PushSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** 0: pushed once for each change of the object. */
  readonly refreshIntervalMilliseconds: number;
  readonly stores: readonly PushStoreRef[];
  readonly updatePolicy: 'Replace' | 'IfNotExists';
  readonly deletionPolicy: 'Delete' | 'None';
  readonly selector: PushSelector;
  readonly data: readonly PushData[];
  readonly dataTo: readonly PushDataTo[];
  readonly template?: TargetTemplate | undefined;
}
