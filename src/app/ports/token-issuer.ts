import type { GenerationPlan } from '../../domain/plan-generation.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import type { BaseCredentials } from './secret-reader.ts';

/** Values that did not exist before they were asked for. */
export interface IssuedToken {
  /** By the names the reference gives them: `username`, `password`, …; `access_key_id`, … */
  readonly values: ReadonlyMap<string, SecretValue>;
  /** Epoch milliseconds; of no use from then on. */
  readonly expiresAt?: number;
}

/** Has AWS make passwords and sessions, anew with every call. Every implementation passes test/contract/token-issuer.ts. */
export interface TokenIssuer {
  /**
   * @param credentials - what `plan.base` asks for; undefined when that is the default role
   * @throws StoreAccessDeniedError - the identity may not, or a hop was refused
   * @throws StoreUnavailableError - throttled, timed out or 5xx, after the SDK's own attempts
   * @throws StoreRejectedError - refused to anybody
   * @throws InvalidSecretValueError - an answer in another form than AWS documents; the message names no value
   */
  issue(plan: GenerationPlan, credentials: BaseCredentials | undefined, signal?: AbortSignal): Promise<IssuedToken>;
}
