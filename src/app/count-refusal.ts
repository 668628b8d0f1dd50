import { NotAllowedError } from '../domain/not-allowed-error.ts';
import { causesOf } from '../domain/sync-error.ts';
import type { Metrics } from './ports/runtime.ts';

/** Counts what a registration refused, by what it bounds: a tenant that reaches further shows. */
export const countRefusal = (
  metrics: Metrics,
  about: { readonly cluster: string; readonly kind: string },
  error: unknown,
): void => {
  const refused = causesOf(error).find((cause) => cause instanceof NotAllowedError);
  if (refused !== undefined) metrics.count('Refusals', { ...about, reason: refused.reason });
};
