import type { Clock } from '../../src/app/ports/runtime.ts';

export interface FakeClock extends Clock {
  /** Moves the time; sleepers whose time has come wake up. */
  advance(milliseconds: number): Promise<void>;
  /** Every duration that was slept, in order. */
  readonly slept: readonly number[];
}

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

export interface FakeClockOptions {
  /** Epoch milliseconds. @default 2026-01-01T00:00:00Z */
  readonly now?: number;
  /** `advance`: a sleep moves the time itself and ends at once. `wait`: it ends when the test advances. @default advance */
  readonly sleeps?: 'advance' | 'wait';
}

/**
 * A clock that stands still until it is moved.
 *
 * @example
 * const clock = createFakeClock({ sleeps: 'wait' });
 * const sleeping = clock.sleep(5_000);
 * await clock.advance(5_000);
 * await sleeping;
 */
export const createFakeClock = ({
  now = Date.UTC(2026, 0, 1),
  sleeps = 'advance',
}: FakeClockOptions = {}): FakeClock => {
  let time = now;
  let sleepers: readonly Sleeper[] = [];
  const slept: number[] = [];

  const advance = async (milliseconds: number): Promise<void> => {
    time += milliseconds;
    const woken = sleepers.filter(({ wakeAt }) => wakeAt <= time);
    sleepers = sleepers.filter(({ wakeAt }) => wakeAt > time);
    for (const { wake } of woken) wake();
    await new Promise(setImmediate); // lets what woke up run before the test goes on
  };

  const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    slept.push(milliseconds);
    if (sleeps === 'advance') return advance(milliseconds);
    await new Promise<void>((resolve, reject) => {
      sleepers = [...sleepers, { wakeAt: time + milliseconds, wake: resolve }];
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };

  return { now: () => time, sleep, advance, slept };
};
