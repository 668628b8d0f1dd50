import type { Contest } from '../domain/contest.ts';
import type { ReadyOutcome } from '../domain/plan-sync.ts';
import { WriteConflictError } from '../domain/sync-error.ts';
import type { ReadVersion, TargetState } from '../domain/sync-state.ts';
import type { SecretData } from '../domain/target-content.ts';
import type { TargetRefusedError } from '../domain/target-error.ts';
import type { ClusterClient, ObjectEvent } from './ports/cluster-client.ts';
import type { Rendering } from './render-content.ts';
import type { ExternalSecretPass } from './sync-pass.ts';

/** What became of a target. */
export interface CarriedOut {
  readonly target?: TargetState;
  readonly wrote: boolean;
  readonly events: readonly ObjectEvent[];
  /** The write was made, metadata only, and this is why no more of it was. */
  readonly refusal?: TargetRefusedError;
}

export interface BroughtAbout extends CarriedOut {
  readonly ready: ReadyOutcome;
  /** The write put back what somebody else had changed. */
  readonly contest?: Contest;
}

/** What a target is brought about from, all of it read after the target was, unless `mayWrite` says otherwise. */
export interface Ingredients {
  readonly data: SecretData;
  readonly versions: readonly ReadVersion[];
  readonly rendering: Rendering;
  /** False: the data was read before the target was, so it may prove the target right but not replace it. */
  readonly mayWrite: boolean;
  /** Called when the target is to be written, right before. What it throws prevents that. */
  readonly beforeWrite: (signal?: AbortSignal) => Promise<void>;
  readonly now: number;
}

/** A target as it was found, of whatever kind. */
export interface ObservedTarget {
  /** Absent: there is none. */
  readonly found: TargetState | undefined;
  /** Nothing asks for a repair. */
  readonly isValid: boolean;
  /**
   * Undefined: it is contested, and its correction waits.
   * @throws WriteConflictError - it changed meanwhile, or would have to be written and may not be
   */
  bringAbout(ingredients: Ingredients, signal?: AbortSignal): Promise<BroughtAbout | undefined>;
}

/** What was read before the target was found asks for another one. */
export const notAsRead = (): WriteConflictError => new WriteConflictError('the target is not what was read before');

export type ObserveTarget = (
  pass: ExternalSecretPass,
  client: ClusterClient,
  signal?: AbortSignal,
) => Promise<ObservedTarget>;
