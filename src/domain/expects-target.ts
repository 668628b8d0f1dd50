import { type ExternalSecret, isGeneric } from './external-secret.ts';
import { generates } from './generator-ref.ts';
import type { ObjectStatus } from './status.ts';

export interface TargetHistory {
  readonly es: ExternalSecret;
  readonly status: ObjectStatus;
  /** Whether anything of this very object is remembered. */
  readonly isKnown: boolean;
}

/**
 * Whether an ExternalSecret's target is likely to be there, from what is told of the object alone. Only that of a new one
 * that shall own it is not. Asking is never wrong, so whatever is not clearly new is asked for.
 */
export const expectsTarget = ({ es, status, isKnown }: TargetHistory): boolean =>
  isKnown || wasReported(status) || !isOwnNew(es);

/** Merge is about somebody else's Secret, an immutable one stays as it is found, and nothing is generated to be refused. */
const isOwnNew = (es: ExternalSecret): boolean =>
  es.target.creationPolicy === 'Owner' && !es.target.immutable && !isGeneric(es) && !generates(es);

/** By an operator, or by us before the state was lost. */
const wasReported = ({ syncedResourceVersion = '', refreshTime, binding, conditions }: ObjectStatus): boolean =>
  syncedResourceVersion !== '' || (refreshTime ?? null) !== null || binding !== undefined || conditions.length > 0;
