import type { Store } from './store.ts';
import type { TypeRegistry } from './type-registry.ts';

/** What every handler works on. */
export interface Cluster {
  readonly store: Store;
  readonly types: TypeRegistry;
  readonly now: () => Date;
}
