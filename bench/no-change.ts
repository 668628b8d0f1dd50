import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../test/e2e/support/eventually.ts';
import { endIntervals, stillDue } from '../test/e2e/support/intervals.ts';
import { type Bench, seconds } from './figures.ts';
import { type Fleet, startFleet } from './support/fleet.ts';
import { watchFunctionCpu } from './support/function-cpu.ts';
import { objectCount } from './support/object-count.ts';
import { forObjects } from './support/per-object.ts';

const OBJECTS = objectCount();
const LIST_CALLS = 10;

/** The interval of 1,000 ExternalSecrets ends, and nothing has changed. */
export const noChange: Bench = {
  about: 'the interval of 1,000 ExternalSecrets ends, and nothing changed',
  async *measure() {
    const remoteKey = (index: number) => `no-change-${index}`;
    const fleet = await startFleet({ clusters: ['alpha'], objects: OBJECTS, remoteKey, synced: true });
    try {
      await endIntervals(fleet.inside.tables, 'alpha');
      await fleet.aws.clearCalls();
      const cpu = await watchFunctionCpu();
      const began = Date.now();
      await fleet.invoke('on-schedule');
      await eventually(() => allVerified(fleet), { withinMilliseconds: 120_000 });
      const took = Date.now() - began;
      const used = await cpu.stop();
      const { actions, secretReads } = await fleet.aws.calls();
      const lists = actions['secretsmanager.ListSecrets'] ?? 0;
      const reads = Object.entries(secretReads).filter(([name]) => name.startsWith('no-change-')).length;
      const requests = forObjects(await fleet.requests(began));
      yield* [
        { what: `a pass over ${OBJECTS} ExternalSecrets where nothing changed`, figure: seconds(took) },
        { what: 'CPU seconds of the functions for it', figure: used.toFixed(1) },
        {
          what: 'calls to the provider for it',
          figure: `${lists} lists, ${reads} reads`,
          budget: `${LIST_CALLS} lists, 0 reads`,
          met: lists === LIST_CALLS && reads === 0,
        },
        {
          what: 'requests to the cluster for it',
          figure: String(requests.length),
          budget: '0',
          met: requests.length === 0,
        },
      ];
    } finally {
      await fleet.stop();
    }
  },
};

const allVerified = async ({ inside: { tables } }: Fleet): Promise<void> => {
  const left = await stillDue(tables, 'alpha');
  if (left.length === 0) return;
  await sleep(250);
  throw new Error(`${left.length} objects are not verified`);
};
