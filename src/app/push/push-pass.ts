import type { PushReady } from '../../domain/push/push-outcome.ts';
import type { PushSecret } from '../../domain/push/push-secret.ts';
import type { PushedState } from '../../domain/push/pushed.ts';
import type { StoredEntry, SyncedPushSecrets } from '../../domain/push/synced-push-secrets.ts';
import type { SyncError } from '../../domain/sync-error.ts';
import type { Generators } from '../generators.ts';
import type { GuardedScope } from '../store-access.ts';
import type { Pass } from '../sync-pass.ts';
import type { TemplateSources } from '../template-sources.ts';
import type { PushStores } from './open-push-stores.ts';

export interface PushPass extends Pass {
  readonly ps: PushSecret;
}

/** What the PushSecrets of one request share. */
export interface PushBatch {
  readonly scope: GuardedScope;
  readonly stores: PushStores;
  readonly generators: Generators;
  readonly templates: TemplateSources;
}

/** How a pass over one PushSecret ended. */
export type PushOutcome =
  | { readonly type: 'pushed'; readonly ready: PushReady; readonly wrote: boolean }
  /** The source is gone, and so is what was pushed of it. */
  | { readonly type: 'source-deleted' }
  /** Nothing is due. `resting`: nothing will be until the object or its source changes. */
  | { readonly type: 'skipped'; readonly resting: boolean }
  | {
      readonly type: 'failed';
      readonly error: SyncError;
      /** The condition's. */
      readonly message: string;
      /** Epoch milliseconds at which it is worth trying again. Absent: as failures are tried. */
      readonly until?: number;
    }
  /** Another pass is at the same key, or an account's quota is spent: later, with nothing reported. */
  | { readonly type: 'put-off'; readonly delaySeconds: number }
  /** Deleted meanwhile, another controller's, or without a store: nothing is reported. */
  | { readonly type: 'left-alone' };

/** What is true of a pass while it runs; it tells how far it came, however it ends. */
export interface Progress {
  /** With the revision of the state as it is stored by now. */
  pass: PushPass;
  pushed: PushedState;
  /** Entries that were written, or found to be there, in this pass. */
  done: readonly StoredEntry[];
  /** What the status lists. */
  synced: SyncedPushSecrets;
  wrote: boolean;
  /** Stores the object is recorded under as a user, as `formatRef` writes them. */
  stores: readonly string[];
  /** Remote keys it is recorded under, as `formatRemoteKey` writes them. */
  dependsOn: readonly string[];
}
