import type { Clock } from '../../../src/app/ports/runtime.ts';
import type { HandledEvents } from '../../../src/app/ports/tables.ts';

const DAY_MILLISECONDS = 24 * 3_600_000;

export const createFakeHandledEvents = (clock: Pick<Clock, 'now'>): HandledEvents => {
  const forgetAt = new Map<string, number>();
  return {
    has: async (eventId) => (forgetAt.get(eventId) ?? 0) > clock.now(),
    add: async (eventId) => {
      forgetAt.set(eventId, clock.now() + DAY_MILLISECONDS);
    },
  };
};
