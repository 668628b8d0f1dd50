import { SyncError } from '../domain/sync-error.ts';
import type { ClusterClients } from './ports/cluster-client.ts';
import type { Clock } from './ports/runtime.ts';
import type { ClusterRegistry, Outages } from './ports/tables.ts';

const LOOK_EVERY_MILLISECONDS = 5_000;

export interface EndOutagesDeps {
  readonly registry: Pick<ClusterRegistry, 'list'>;
  readonly outages: Pick<Outages, 'get'>;
  /** Of {@link createSpareSilentClusters}: their first call takes the leave to ask, and an answer ends the outage. */
  readonly clients: ClusterClients;
  readonly clock: Clock;
}

/**
 * Asks clusters that are down whether they are back, until `signal` aborts: objects whose next try is minutes away need
 * not wait for it.
 */
export const createEndOutages =
  ({ registry, outages, clients, clock }: EndOutagesDeps) =>
  async (signal: AbortSignal): Promise<void> => {
    const ask = async (cluster: string): Promise<void> => {
      if ((await outages.get(cluster, signal)) === undefined) return;
      await (await clients(cluster, signal)).kubeSystemUid(signal);
    };
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MILLISECONDS, signal).catch(() => undefined); // ends early when aborted
      if (signal.aborted) return;
      const clusters = (await registry.list(signal)).filter(({ mode }) => mode !== 'paused');
      await Promise.all(clusters.map(({ name }) => ask(name).catch(ignoreExpected)));
    }
  };

/** Still down, or the table is away for a moment: there is a next time. */
const ignoreExpected = (error: unknown): void => {
  if (!(error instanceof SyncError)) throw error;
};
