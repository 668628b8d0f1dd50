import type { Cluster } from './cluster.ts';
import type { ExternalSecret } from './external-secret.ts';
import { parseGoDuration } from './go-duration.ts';

/** The interval an ExternalSecret is refreshed at. One that is never refreshed by time stays so, whatever the minimum. */
export const servedIntervalMilliseconds = (
  askedMilliseconds: number,
  { minRefreshInterval }: Pick<Cluster, 'minRefreshInterval'>,
): number =>
  minRefreshInterval === undefined || askedMilliseconds <= 0
    ? askedMilliseconds
    : Math.max(askedMilliseconds, parseGoDuration(minRefreshInterval));

/** An ExternalSecret as its cluster's registration lets it be served. */
export const withServedInterval = (es: ExternalSecret, cluster: Cluster): ExternalSecret => ({
  ...es,
  refreshIntervalMilliseconds: servedIntervalMilliseconds(es.refreshIntervalMilliseconds, cluster),
});
