import type { DecodingStrategy } from './decoding.ts';
import type { FindSelector } from './find-selector.ts';
import type { GeneratorRef } from './generator-ref.ts';
import type { RewriteOperation } from './rewrite.ts';
import type { ConversionStrategy } from './secret-keys.ts';
import type { SyncWindows } from './sync-windows.ts';
import type { TargetTemplate } from './target-template.ts';

export interface StoreRef {
  readonly name: string;
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
}

/** `remoteRef` of a data entry, or `extract` of a dataFrom entry, with the API's defaults filled in. */
export interface RemoteRef {
  readonly key: string;
  /** Empty: the whole value. */
  readonly property: string;
  /** Empty: the newest. */
  readonly version: string;
  readonly metadataPolicy: 'None' | 'Fetch';
  readonly conversionStrategy: ConversionStrategy;
  readonly decodingStrategy: DecodingStrategy;
  readonly nullBytePolicy: 'Ignore' | 'Fail';
}

/** `find` of a dataFrom entry: each secret found becomes one key. */
export interface Find {
  readonly selector: FindSelector;
  readonly conversionStrategy: ConversionStrategy;
  readonly decodingStrategy: DecodingStrategy;
  readonly nullBytePolicy: 'Ignore' | 'Fail';
}

export interface DataEntry {
  readonly secretKey: string;
  readonly remoteRef: RemoteRef;
  /** The entry's own store, or the spec's. */
  readonly store: StoreRef;
  readonly generator: boolean;
}

export interface DataFromEntry {
  readonly extract?: RemoteRef;
  readonly store: StoreRef;
  readonly find?: Find;
  /** Applied to the keys in order; with any, `conversionStrategy` is not applied. */
  readonly rewrite: readonly RewriteOperation[];
  readonly sourceRef: 'absent' | 'empty' | 'store' | 'generator';
  readonly generator?: GeneratorRef;
}

export type CreationPolicy = 'Owner' | 'Orphan' | 'Merge' | 'CreateOrMerge' | 'None';
export type DeletionPolicy = 'Delete' | 'Merge' | 'Retain';

/** An ExternalSecret with the API's defaults filled in. */
export interface ExternalSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly refreshPolicy: 'CreatedOnce' | 'Periodic' | 'OnChange';
  /** Milliseconds; 0 or less: never periodically. */
  readonly refreshIntervalMilliseconds: number;
  readonly syncWindows?: SyncWindows;
  readonly target: {
    readonly name: string;
    readonly creationPolicy: CreationPolicy;
    readonly deletionPolicy: DeletionPolicy;
    readonly immutable: boolean;
    readonly template: TargetTemplate | undefined;
    /** The kind to write in place of a Secret. */
    readonly manifest: { readonly apiVersion: string; readonly kind: string } | undefined;
  };
  /** The spec's own store, whether or not an entry reads from it. */
  readonly store?: StoreRef;
  readonly data: readonly DataEntry[];
  readonly dataFrom: readonly DataFromEntry[];
}

/** Whether the target is an object of another kind. A manifest that says Secret means what no manifest means. */
export const isGeneric = ({ target: { manifest } }: Pick<ExternalSecret, 'target'>): boolean =>
  manifest !== undefined && !(manifest.apiVersion === 'v1' && manifest.kind === 'Secret');

/** Each store an ExternalSecret names, once, in order of appearance. */
export const storeRefsOf = (es: ExternalSecret): readonly StoreRef[] => {
  const reading = es.dataFrom.filter(({ generator }) => generator === undefined);
  const named = [es, ...reading, ...es.data].flatMap(({ store }) => store ?? []);
  return named.filter(
    (store, index) => named.findIndex(({ kind, name }) => kind === store.kind && name === store.name) === index,
  );
};
