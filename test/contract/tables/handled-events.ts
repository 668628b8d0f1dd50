import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { freshName } from './samples.ts';

const HOUR_MILLISECONDS = 3_600_000;

/** @param clock - the one the tables were made with */
export const describeHandledEvents = (tables: () => Tables, clock: FakeClock): void => {
  describe('handled events', () => {
    test('are known once added, however often', async () => {
      const id = freshName('event');
      expect(await tables().handledEvents.has(id)).toBe(false);

      await tables().handledEvents.add(id);
      await tables().handledEvents.add(id);

      expect(await tables().handledEvents.has(id)).toBe(true);
      expect(await tables().handledEvents.has(`${id}0`)).toBe(false);
    });

    test('are remembered for a day', async () => {
      const id = freshName('event');
      await tables().handledEvents.add(id);

      await clock.advance(23 * HOUR_MILLISECONDS);
      expect(await tables().handledEvents.has(id)).toBe(true);

      await clock.advance(HOUR_MILLISECONDS + 1_000);
      expect(await tables().handledEvents.has(id)).toBe(false);
    });
  });
};
