import { watchTargets } from '../test/e2e/support/target-history.ts';
import { type Bench, seconds } from './figures.ts';
import { lastArrival } from './support/arrivals.ts';
import { startFleet } from './support/fleet.ts';
import { objectCount } from './support/object-count.ts';
import { describePerObject, forObjects } from './support/per-object.ts';

const TARGETS = objectCount();
const REMOTE_KEY = 'shared';
/** As many targets share one read as one message names. */
const TARGETS_PER_READ = 10;

/** One secret that 1,000 targets are written from is rotated. Until the last target holds the new value. */
export const sharedSecret: Bench = {
  about: 'a rotation that 1,000 targets of one cluster read',
  async *measure() {
    const fleet = await startFleet({
      clusters: ['alpha'],
      objects: TARGETS,
      remoteKey: () => REMOTE_KEY,
      synced: true,
    });
    try {
      const history = await watchTargets(fleet.cluster('alpha'));
      await fleet.aws.clearCalls();
      const began = Date.now();
      await fleet.provider.putSecret(REMOTE_KEY, 'two');
      const took = (await lastArrival([history], 'two', TARGETS)) - began;
      const { secretReads } = await fleet.aws.calls();
      const reads = secretReads[REMOTE_KEY] ?? 0;
      await history.stop();
      await fleet.allReady();
      const requests = forObjects(await fleet.requests(began));
      yield* [
        { what: `a rotation to the last of ${TARGETS} targets of one cluster`, figure: seconds(took) },
        {
          what: 'reads of the secret for it',
          figure: String(reads),
          budget: `${TARGETS / TARGETS_PER_READ}: 1 per identity and batch of ${TARGETS_PER_READ}`,
          met: reads <= TARGETS / TARGETS_PER_READ,
        },
        {
          what: 'requests to the API server per target',
          figure: describePerObject(requests, TARGETS),
          budget: '4',
          met: requests.length <= 4.05 * TARGETS,
          why: 'what a starved API server answers later than its patience is asked again (decision 7)',
        },
      ];
    } finally {
      await fleet.stop();
    }
  },
};
