import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { freshName } from './samples.ts';

const STEP = { stepMilliseconds: 25 };

export const describeQuotas = (tables: () => Tables): void => {
  describe('a quota', () => {
    test('gives its places one after the other, the first at once', async () => {
      const quota = freshName('account#region');
      const places: number[] = [];

      for (let index = 0; index < 3; index += 1)
        places.push((await tables().quotas.reserve(quota, { now: 1_000, latest: 2_000, ...STEP })).at);

      expect(places).toEqual([1_000, 1_025, 1_050]);
    });

    test('gives no place twice, however many ask at the same time', async () => {
      const quota = freshName('account#region');

      const places = await Promise.all(
        Array.from({ length: 12 }, () => tables().quotas.reserve(quota, { now: 1_000, latest: 2_000, ...STEP })),
      );

      expect(places.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 12 }, (_, index) => 1_000 + 25 * index),
      );
    });

    test('saves up no places while nobody asks', async () => {
      const quota = freshName('account#region');
      const ask = (now: number) => tables().quotas.reserve(quota, { now, latest: now + 1_000, ...STEP });
      await ask(1_000);

      expect([await ask(9_000), await ask(9_000)].map(({ at }) => at)).toEqual([9_000, 9_025]);
    });

    test('gives a place again that was given back; what nobody took cannot be', async () => {
      const quota = freshName('account#region');
      await tables().quotas.giveBack(quota, 25);
      const ask = () => tables().quotas.reserve(quota, { now: 1_000, latest: 2_000, ...STEP });
      await ask();
      await ask();

      await tables().quotas.giveBack(quota, 25);

      expect((await ask()).at).toBe(1_025);
    });

    test('leaves to others what comes too late, and says when it is', async () => {
      const quota = freshName('account#region');
      await tables().quotas.reserve(quota, { now: 1_000, latest: 1_000, ...STEP });

      expect(await tables().quotas.reserve(quota, { now: 1_000, latest: 1_010, ...STEP })).toEqual({
        taken: false,
        at: 1_025,
      });
      expect(await tables().quotas.reserve(quota, { now: 1_000, latest: 1_025, ...STEP })).toEqual({
        taken: true,
        at: 1_025,
      });
    });
  });
};
