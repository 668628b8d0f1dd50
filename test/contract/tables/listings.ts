import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { freshName } from './samples.ts';

const HOUR_MILLISECONDS = 3_600_000;

/** @param clock - the one the tables were made with */
export const describeListings = (tables: () => Tables, clock: FakeClock): void => {
  describe('what a listing taught', () => {
    test.each([
      ['pages', { pages: 12 }],
      ['a denial', { deniedUntil: 1_700_000_000_000 }],
      ['both', { pages: 12, deniedUntil: 1_700_000_000_000 }],
      ['nothing', {}],
    ])('is known to all: %s', async (_, memory) => {
      const identity = freshName('secretsmanager Zm9v+/=');
      expect(await tables().listings.get(identity)).toBeUndefined();

      await tables().listings.put(identity, { pages: 1 });
      await tables().listings.put(identity, memory);

      expect(await tables().listings.get(identity)).toEqual(memory);
    });

    test('is remembered for a day', async () => {
      const identity = freshName('ssm');
      await tables().listings.put(identity, { pages: 1 });

      await clock.advance(23 * HOUR_MILLISECONDS);
      expect(await tables().listings.get(identity)).toEqual({ pages: 1 });

      await clock.advance(HOUR_MILLISECONDS + 1_000);
      expect(await tables().listings.get(identity)).toBeUndefined();
    });
  });
};
