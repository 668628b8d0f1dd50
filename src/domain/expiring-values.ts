import { nextDueAt } from './due.ts';
import type { ExternalSecret } from './external-secret.ts';
import type { GeneratorEntry } from './generator-entries.ts';
import { formatGoDuration } from './go-duration.ts';

const MINUTE_MILLISECONDS = 60_000;

/** Values of an entry that are of no use after a while. */
export interface ExpiringValues {
  readonly entry: Pick<GeneratorEntry, 'label'>;
  /** Epoch milliseconds */
  readonly expiresAt: number;
}

/**
 * What an operator is told of values that expire before they are made anew. They are not made anew sooner than the object
 * asks: each write may restart what reads the Secret. Whole minutes, so that the text is the same each time.
 * @param now - epoch milliseconds, when they were made
 * @returns nothing where there is nothing to say
 */
export const expiryWarning = (
  es: ExternalSecret,
  { entry, expiresAt }: ExpiringValues,
  now: number,
): string | undefined => {
  const isRefreshed = es.refreshPolicy === 'Periodic' && es.refreshIntervalMilliseconds > 0;
  if (isRefreshed && nextDueAt(es, now) <= expiresAt) return undefined;
  const wholeMinutes = Math.floor((expiresAt - now) / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS;
  const refreshed = isRefreshed
    ? `are refreshed only after ${formatGoDuration(es.refreshIntervalMilliseconds)}`
    : 'are not refreshed';
  return `values of ${entry.label} expire after ${formatGoDuration(wholeMinutes)} and ${refreshed}: choose a shorter refreshInterval`;
};
