import { createEndOutages } from '../app/end-outages.ts';
import { DEFAULT_WATCH_TIMES } from '../app/feed/watch-times.ts';
import { createSpareSilentClusters } from '../app/spare-silent-clusters.ts';
import { createWatchClusters } from '../app/watch-clusters.ts';
import type { Config } from '../config.ts';
import { composeClusterClients } from './clusters.ts';
import { composeRuntime } from './runtime.ts';

export const composeWatchClusters = (config: Config) => {
  const runtime = composeRuntime(config, 'watch-clusters');
  const clients = composeClusterClients(config, runtime);
  const watch = createWatchClusters({
    ...runtime,
    clients,
    holderId: runtime.traceId,
    times: {
      ...DEFAULT_WATCH_TIMES,
      holdMilliseconds: config.watchHoldMilliseconds,
      stopMilliseconds: config.watchStopMilliseconds,
    },
  });
  const endOutages = createEndOutages({ ...runtime, clients: createSpareSilentClusters({ ...runtime, clients }) });
  const watchClusters = async (signal: AbortSignal): Promise<void> => {
    const over = new AbortController();
    const watching = watch(signal).finally(() => over.abort());
    const ended = await Promise.allSettled([watching, endOutages(AbortSignal.any([signal, over.signal]))]);
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  };
  return { ...runtime, watchClusters };
};
