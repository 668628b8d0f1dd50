import { quantile } from '../test/e2e/support/quantile.ts';
import { watchTargets } from '../test/e2e/support/target-history.ts';
import type { Bench } from './figures.ts';
import { lastArrival } from './support/arrivals.ts';
import { startFleet } from './support/fleet.ts';

const CLUSTERS = Array.from({ length: 20 }, (_, index) => `c-${index}`);
const TARGETS = 10;
const ROTATIONS = 20;
const REMOTE_KEY = 'fan-out';

/** PutSecretValue, until the last of 20 clusters with 10 targets each holds the new value; over and over. */
export const fanOut: Bench = {
  about: 'a rotation that 20 clusters with 10 targets each read',
  async *measure() {
    const fleet = await startFleet({ clusters: CLUSTERS, objects: TARGETS, remoteKey: () => REMOTE_KEY, synced: true });
    try {
      const histories = await Promise.all(fleet.clusters.map((cluster) => watchTargets(cluster)));
      const rotate = async (value: string): Promise<number> => {
        const began = Date.now();
        await fleet.provider.putSecret(REMOTE_KEY, value);
        return (await lastArrival(histories, value, TARGETS)) - began;
      };
      await rotate('warm');
      const took: number[] = [];
      for (let index = 0; index < ROTATIONS; index += 1) took.push(await rotate(`value-${index}`));
      for (const history of histories) await history.stop();
      const [p50, p99] = [quantile(took, 0.5), quantile(took, 0.99)];
      yield* [
        {
          what: `PutSecretValue to the last of ${CLUSTERS.length} clusters x ${TARGETS} targets, ${ROTATIONS} times`,
          figure: `p50 ${p50} ms, p99 ${p99} ms`,
          budget: 'p50 < 500 ms, p99 < 2,000 ms',
          met: p50 < 500 && p99 < 2_000,
          why: '20 API servers and five functions at a time share the cores with what measures them',
        },
      ];
    } finally {
      await fleet.stop();
    }
  },
};
