import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { freshName } from './samples.ts';

export const describeOutages = (tables: () => Tables): void => {
  describe('the outage of a cluster', () => {
    test('is known to all once one has met it', async () => {
      const name = freshName('blue');
      expect(await tables().outages.get(name)).toBeUndefined();

      expect(await tables().outages.put(name, undefined, { since: 1_000, askAgainAt: 2_000 })).toBe(true);

      expect(await tables().outages.get(name)).toEqual({ since: 1_000, askAgainAt: 2_000 });
    });

    test('is one, however many meet it at the same time', async () => {
      const name = freshName('blue');

      const told = await Promise.all(
        [1, 2, 3].map((since) => tables().outages.put(name, undefined, { since, askAgainAt: 9 })),
      );

      expect(told.filter(Boolean)).toHaveLength(1);
    });

    test('is moved on by one of those who know the same of it', async () => {
      const name = freshName('blue');
      const known = { since: 1_000, askAgainAt: 2_000 };
      await tables().outages.put(name, undefined, known);

      const moved = await Promise.all(
        [3_000, 4_000].map((askAgainAt) => tables().outages.put(name, known, { ...known, askAgainAt })),
      );

      expect(moved.filter(Boolean)).toHaveLength(1);
      expect((await tables().outages.get(name))?.since).toBe(1_000);
    });

    test('ends once', async () => {
      const name = freshName('blue');
      await tables().outages.put(name, undefined, { since: 1_000, askAgainAt: 2_000 });

      expect(await tables().outages.end(name)).toBe(true);
      expect(await tables().outages.end(name)).toBe(false);

      expect(await tables().outages.get(name)).toBeUndefined();
      expect(await tables().outages.put(name, { since: 1_000, askAgainAt: 2_000 }, { since: 1, askAgainAt: 2 })).toBe(
        false,
      );
    });
  });
};
