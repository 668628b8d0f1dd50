import { createWatchClusters, DEFAULT_WATCH_TIMES } from '../app/watch-clusters.ts';
import type { Config } from '../config.ts';
import { composeClusterClients } from './clusters.ts';
import { composeRuntime } from './runtime.ts';

export const composeWatchClusters = (config: Config) => {
  const runtime = composeRuntime(config, 'watch-clusters');
  const watchClusters = createWatchClusters({
    ...runtime,
    clients: composeClusterClients(config, runtime),
    holderId: runtime.traceId,
    times: {
      ...DEFAULT_WATCH_TIMES,
      holdMilliseconds: config.watchHoldMilliseconds,
      stopMilliseconds: config.watchStopMilliseconds,
    },
  });
  return { ...runtime, watchClusters };
};
