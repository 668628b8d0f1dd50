import type { Clock } from '../ports/runtime.ts';
import type { FeedPositions, Lease } from '../ports/tables.ts';
import { pause } from './back-off.ts';
import type { Followed } from './followed.ts';
import type { WakeBuffer } from './wake-buffer.ts';

/** Long enough for a sync to remember its own write, short enough to go unnoticed. */
const FLUSH_EVERY_MILLISECONDS = 250;

/** Positions are written this often at most; a lost invocation's events of that time come again and change nothing. */
const STORE_POSITIONS_EVERY_MILLISECONDS = 2_000;

/** Somebody else holds the cluster now. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

interface ProgressDeps {
  readonly positions: FeedPositions;
  readonly clock: Clock;
  readonly wakes: WakeBuffer;
  readonly lease: Lease;
}

/** Sends what was gathered and then says how far it reached: a position is stored only when everything up to it was sent. */
export interface Progress {
  /** Everything of `followed` up to here is taken in, and its wakes are in the buffer. */
  reached(followed: Followed, resourceVersion: string): void;
  /**
   * Sends all wakes, then stores all positions.
   * @throws LeaseLostError - they were refused
   */
  flush(): Promise<void>;
  /** Flushes wakes at once and positions now and then, until `signal` aborts. */
  flushRegularly(signal: AbortSignal): Promise<void>;
}

interface Reached {
  readonly followed: Followed;
  readonly resourceVersion: string;
  /** Epoch milliseconds at which it was taken in. */
  readonly at: number;
}

export const createProgress = ({ positions, clock, wakes, lease }: ProgressDeps): Progress => {
  let pending = new Map<string, Reached>();

  const store = async ({ followed, resourceVersion, at }: Reached): Promise<void> => {
    const kept = await positions.put(lease, followed, { resourceVersion, heardAt: at });
    if (!kept) throw new LeaseLostError(`the lease of cluster ${lease.cluster} was lost`);
  };
  const flush = async (): Promise<void> => {
    const taken = pending; // in the same moment as the wakes are: what is added meanwhile waits for the next time
    pending = new Map();
    await wakes.flush();
    for (const reached of taken.values()) await store(reached);
  };
  return {
    reached: (followed, resourceVersion) => {
      pending.set(`${followed.kind}/${followed.namespace}`, { followed, resourceVersion, at: clock.now() });
    },
    flush,
    flushRegularly: async (signal) => {
      let storedAt = clock.now();
      for (;;) {
        await pause(clock, FLUSH_EVERY_MILLISECONDS, signal);
        if (signal.aborted) return;
        const storing = clock.now() - storedAt >= STORE_POSITIONS_EVERY_MILLISECONDS;
        if (storing) storedAt = clock.now();
        await (storing ? flush() : wakes.flush());
      }
    },
  };
};
