import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../app/ports/runtime.ts';

export const systemClock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
};
