import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createBudget } from '../../../../src/adapters/engine/limits.ts';
import { createPool, type Pool } from '../../../../src/adapters/engine/pool.ts';
import type { Thread } from '../../../../src/adapters/engine/thread.ts';

const PATIENCE_MILLISECONDS = 20;
const SLOW_MILLISECONDS = 40;
const MAX_THREADS = 3;

/**
 * Threads that answer with their own number. A task named `slow` goes on until it is let go, `spoil` leaves its thread
 * unusable, `fail` does so and fails.
 */
const createThreads = () => {
  const alive = new Set<number>();
  const ran: string[] = [];
  const slow: (() => void)[] = [];
  let started = 0;

  const start = async (): Promise<Thread> => {
    started += 1;
    const number = started;
    alive.add(number);
    let usable = true;
    let interrupt: (reason: unknown) => void = () => undefined;
    return {
      run: async ({ operation }, { signal }) => {
        ran.push(operation);
        usable = !['spoil', 'fail'].includes(operation);
        if (operation === 'fail') throw new Error('failed');
        if (operation === 'slow') {
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          slow.push(resolve);
          interrupt = reject;
          signal?.addEventListener('abort', () => {
            usable = false;
            reject(signal.reason);
          });
          await promise;
        }
        return Uint8Array.of(number);
      },
      isUsable: () => usable,
      stop: async () => {
        alive.delete(number);
        usable = false;
        interrupt(new Error('ended'));
      },
    };
  };
  return { start, alive, ran, letGo: () => slow.splice(0).forEach((end) => void end()), started: () => started };
};

const createWorld = (start?: () => Promise<Thread>) => {
  const threads = createThreads();
  const pool = createPool({
    start: start ?? threads.start,
    maxThreads: MAX_THREADS,
    patienceMilliseconds: PATIENCE_MILLISECONDS,
    slowMilliseconds: SLOW_MILLISECONDS,
  });
  return { ...threads, pool };
};

const call = async (pool: Pool, operation = 'quick', signal?: AbortSignal): Promise<number | undefined> => {
  const limits = { budget: createBudget(1_000), signal };
  return (await pool.run({ operation, request: new Uint8Array() }, limits))[0];
};

const settled = () => sleep(PATIENCE_MILLISECONDS * 2);

describe('threads', () => {
  test('are not started before the first call', () => {
    expect(createWorld().started()).toBe(0);
  });

  test('are one as long as calls are quick', async () => {
    const { pool, started } = createWorld();

    const numbers = await Promise.all(Array.from({ length: 500 }, () => call(pool)));

    expect(new Set(numbers)).toEqual(new Set([1]));
    expect(started()).toBe(1);
  });

  test('are one as long as the first is starting', async () => {
    const threads = createThreads();
    const { pool } = createWorld(async () => {
      await sleep(PATIENCE_MILLISECONDS * 5);
      return threads.start();
    });
    await Promise.all(Array.from({ length: 5 }, () => call(pool)));

    expect(threads.started()).toBe(1);
  });

  test('are replaced when a call leaves one unusable', async () => {
    const { pool, alive } = createWorld();

    expect([await call(pool), await call(pool, 'spoil'), await call(pool)]).toEqual([1, 1, 2]);
    expect(alive).toEqual(new Set([2]));
  });

  test('get company when a call holds others up', async () => {
    const { pool, letGo } = createWorld();
    const slow = [call(pool, 'slow')];

    expect(await call(pool)).toBe(2);
    slow.push(call(pool, 'slow'));
    expect(await call(pool)).toBe(3);
    letGo();
    expect(await Promise.all(slow)).toEqual([1, 2]);
  });

  test('are never more than the maximum', async () => {
    const { pool, alive, letGo } = createWorld();
    const slow = Array.from({ length: 10 }, () => call(pool, 'slow'));
    await settled();
    await settled();

    expect(alive.size).toBe(MAX_THREADS);
    while (alive.size > 1) {
      letGo();
      await sleep(1);
    }
    await Promise.all(slow);
  });

  test('end when nothing is left to do, but for one', async () => {
    const { pool, alive, letGo } = createWorld();
    const slow = call(pool, 'slow');
    await call(pool);
    letGo();
    await slow;
    await settled();

    expect(alive).toEqual(new Set([2]));
  });

  test('that is idle takes the next call at once, though another is busy', async () => {
    const { pool, started, letGo } = createWorld();
    const slow = call(pool, 'slow');
    await call(pool);

    expect(await Promise.race([call(pool), sleep(PATIENCE_MILLISECONDS / 2)])).toBe(2);
    expect(started()).toBe(2);
    letGo();
    await slow;
  });
});

describe('slow calls', () => {
  const letAllGo = async (letGo: () => void, calls: readonly Promise<unknown>[]): Promise<void> => {
    const timer = setInterval(letGo, 1);
    await Promise.all(calls);
    clearInterval(timer);
  };

  test('however many do not keep quick ones from being answered, and are answered later', async () => {
    const { pool, letGo } = createWorld();
    const slow = Array.from({ length: 8 }, () => call(pool, 'slow'));

    await Promise.all(Array.from({ length: 20 }, () => call(pool)));
    await expect(Promise.race([call(pool), sleep(PATIENCE_MILLISECONDS, 'late')])).resolves.not.toBe('late');

    await letAllGo(letGo, slow);
  });

  test('are put back once at most, and lose the least', async () => {
    const { pool, ran, letGo } = createWorld();
    const slow = Array.from({ length: 4 }, () => call(pool, 'slow'));
    await Promise.all([call(pool), sleep(SLOW_MILLISECONDS * 4)]);
    await call(pool);
    await letAllGo(letGo, slow);

    // The first two are never interrupted; the third makes room for the fourth, and the fourth for the quick one.
    expect(ran.filter((operation) => operation === 'slow')).toHaveLength(6);
  });

  test('are left alone when nothing waits for them', async () => {
    const { pool, ran, letGo } = createWorld();
    const slow = Array.from({ length: MAX_THREADS }, () => call(pool, 'slow'));
    await sleep(SLOW_MILLISECONDS * 4);
    await letAllGo(letGo, slow);

    expect(ran).toHaveLength(MAX_THREADS);
  });

  test('that were put back and are given up never run again', async () => {
    const { pool, ran, letGo } = createWorld();
    const controller = new AbortController();
    const slow = [call(pool, 'slow'), call(pool, 'slow')];
    await sleep(PATIENCE_MILLISECONDS * 3);
    const given = call(pool, 'slow', controller.signal);
    await call(pool);
    controller.abort(new Error('given up'));
    await expect(given).rejects.toThrow('given up');
    await letAllGo(letGo, slow);
    await call(pool);

    expect(ran.filter((operation) => operation === 'slow')).toHaveLength(3);
  });
});

describe('a call that fails', () => {
  test('fails alone: those behind it continue on another thread', async () => {
    const { pool } = createWorld();
    const outcomes = await Promise.allSettled([call(pool, 'fail'), call(pool), call(pool)]);

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  test('because no thread starts is tried anew by the next', async () => {
    const { start } = createThreads();
    let failures = 1;
    const { pool } = createWorld(async () => {
      if (failures-- > 0) throw new Error('no such file');
      return start();
    });

    await expect(call(pool)).rejects.toThrow('no such file');
    await expect(call(pool)).resolves.toBe(1);
  });
});

describe('a call that is given up', () => {
  test('while it waits never runs', async () => {
    const { pool, ran, letGo } = createWorld();
    const controller = new AbortController();
    const slow = call(pool, 'slow');
    const waiting = call(pool, 'waiting', controller.signal);
    controller.abort(new Error('given up'));

    await expect(waiting).rejects.toThrow('given up');
    letGo();
    await slow;
    await call(pool);
    expect(ran).toEqual(['slow', 'quick']);
  });

  test('while it runs costs its thread', async () => {
    const { pool, alive } = createWorld();
    const controller = new AbortController();
    await call(pool);
    const running = call(pool, 'slow', controller.signal);
    controller.abort(new Error('given up'));

    await expect(running).rejects.toThrow('given up');
    expect(await call(pool)).toBe(2);
    expect(alive).toEqual(new Set([2]));
  });

  test('before it begins starts nothing', async () => {
    const { pool, started } = createWorld();

    await expect(call(pool, 'quick', AbortSignal.abort(new Error('given up')))).rejects.toThrow('given up');
    expect(started()).toBe(0);
  });
});

describe('closing', () => {
  test('leaves no thread, and takes no further call', async () => {
    const { pool, alive } = createWorld();
    await call(pool);
    await pool.close();

    expect(alive.size).toBe(0);
    await expect(call(pool)).rejects.toThrow('the engine is closed');
  });

  test('fails what waits and what runs', async () => {
    const { pool } = createWorld();
    const calls = Promise.allSettled([call(pool, 'slow'), call(pool)]);
    await sleep(1);
    await pool.close();

    const closed = { status: 'rejected', reason: new Error('the engine is closed') };
    expect(await calls).toEqual([closed, closed]);
  });

  test('waits for a thread that is starting, and ends it', async () => {
    const { pool, alive } = createWorld();
    const starting = expect(call(pool)).rejects.toThrow('the engine is closed');
    await pool.close();

    expect(alive.size).toBe(0);
    await starting;
  });
});
