import type { Contest } from '../domain/contest.ts';
import type { RefreshReason } from '../domain/decide-refresh.ts';
import type { ExternalSecret } from '../domain/external-secret.ts';
import type { Cause, RequestedObject } from '../domain/message.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import type { ServedRef } from '../domain/object-ref.ts';
import type { ReadyOutcome } from '../domain/plan-sync.ts';
import type { ObjectStatus } from '../domain/status.ts';
import type { SyncError } from '../domain/sync-error.ts';
import type { ReadVersion, SyncState, TargetState } from '../domain/sync-state.ts';
import type { ObjectEvent } from './ports/cluster-client.ts';

/** One object of a request, with what is remembered of it. */
export interface Pass {
  readonly ref: ServedRef;
  readonly request: RequestedObject;
  readonly cause: Cause;
  readonly attempt: number;
  /** As the request says: what was told for it before may not be remembered. */
  readonly redelivered: boolean;
  readonly traceId: string;
  readonly object: MirroredObject;
  /** Of this very object: what is remembered of an earlier one of the same name counts for nothing. */
  readonly state: SyncState | undefined;
  /** What is remembered of an earlier object of the same name. Absent: there was none, or it left nothing. */
  readonly earlier?: SyncState;
  /** Revision of the stored state, whosever it is; 0: none. */
  readonly revision: number;
  /** As last reported: the state's, or what the object carried when it was first seen. */
  readonly status: ObjectStatus;
  /** Epoch milliseconds */
  readonly startedAt: number;
}

export interface ExternalSecretPass extends Pass {
  readonly es: ExternalSecret;
}

/** What an object reads and through which stores: how a change finds it. */
export interface Uses {
  /** Remote keys, as `formatRemoteKey` writes them. */
  readonly dependsOn: readonly string[];
  /** Stores, as `formatRef` writes them. */
  readonly stores: readonly string[];
  /** Searches, as `formatPlaced` writes them. */
  readonly finds: readonly string[];
}

export const usesOf = (pass: Pass): Uses => ({
  dependsOn: pass.state?.dependsOn ?? [],
  stores: pass.state?.stores ?? [],
  finds: pass.state?.finds ?? [],
});

/** How a pass over one ExternalSecret ended. */
export type SyncOutcome =
  | {
      readonly type: 'synced';
      readonly ready: ReadyOutcome;
      readonly wrote: boolean;
      readonly target?: TargetState;
      readonly versions: readonly ReadVersion[];
      /** The write put back what somebody else had changed. */
      readonly contest?: Contest;
      readonly events: readonly ObjectEvent[];
    }
  /** Target and provider are as the last sync left them, or what somebody did to the target has to wait. */
  | {
      readonly type: 'current';
      /** The provider was asked. */
      readonly verified: boolean;
      /** The target as it was found; absent when it was not looked at. */
      readonly target?: TargetState;
      /** Somebody else wrote or deleted the target since we last had it right, and no rule asks for a repair. */
      readonly touched?: true;
      /** The target is contested, and its correction waits. */
      readonly heldBack?: true;
      /** What the sync windows hold back. */
      readonly held?: RefreshReason;
    }
  | { readonly type: 'failed'; readonly error: SyncError; readonly message: string; readonly target?: TargetState }
  /** A read lags behind its announcement, or the target keeps changing under us: later, with nothing written. */
  | { readonly type: 'put-off'; readonly delaySeconds: number }
  /** Deleted meanwhile, or another controller's: nothing is reported. */
  | { readonly type: 'left-alone' };

export const HELD_BACK: SyncOutcome = { type: 'current', verified: false, touched: true, heldBack: true };

/** An outcome, and what the object is recorded under now. */
export interface SyncResult {
  readonly pass: Pass;
  readonly outcome: SyncOutcome;
  readonly uses: Uses;
}
