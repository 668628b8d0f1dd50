import type { ExternalSecret, Find, StoreRef } from './external-secret.ts';
import type { RewriteOperation } from './rewrite.ts';

/** One `dataFrom[].find`. */
export interface FindEntry {
  /** As the reference's messages name it: `spec.dataFrom[1].find`. */
  readonly label: string;
  /** Index in `dataFrom`: later entries win. */
  readonly position: number;
  readonly store: StoreRef;
  readonly find: Find;
  readonly rewrite: readonly RewriteOperation[];
}

export const findEntries = (es: ExternalSecret): readonly FindEntry[] =>
  es.dataFrom.flatMap(({ find, store, rewrite }, position) =>
    find === undefined ? [] : [{ label: `spec.dataFrom[${position}].find`, position, store, find, rewrite }],
  );
