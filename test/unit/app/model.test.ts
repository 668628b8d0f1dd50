import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fleet } from '../../support/model/fleet.ts';
import { earlyProblemsOf, problemsOf } from '../../support/model/problems.ts';
import { sequences } from '../../support/model/steps.ts';

const RUNS = Number(process.env['RUNS'] ?? 200);
/** Set: a failing sequence is made shorter, which takes minutes. Otherwise it is shown as it was met. */
const SHRINK = process.env['SHRINK'] !== undefined;
/** Printed in the test's title; given again, the same sequences are played. */
const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 0x7fff_ffff));

test(`${RUNS} sequences of changes, edits, failures and time end as the model says (SEED=${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      const fleet = await Fleet.create();
      for (const step of steps) await fleet.play(step);

      await fleet.settleSoon();
      expect(earlyProblemsOf(fleet)).toEqual([]);
      await fleet.comeToRest();

      expect(await problemsOf(fleet)).toEqual([]);
      fleet.world.cluster().requests.reset();
      await fleet.world.elapse(3_700_000);
      expect(fleet.world.cluster().requests.count({ verb: 'update', resource: 'secrets' })).toBe(0);
      expect(fleet.world.cluster().requests.count({ verb: 'create', resource: 'secrets' })).toBe(0);
      expect(fleet.world.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    }),
    {
      numRuns: RUNS,
      seed: SEED,
      endOnFailure: !SHRINK,
      interruptAfterTimeLimit: 3_600_000,
      markInterruptAsFailure: true,
    },
  );
}, 3_600_000);
