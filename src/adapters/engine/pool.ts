import type { Limits, Thread } from './thread.ts';
import type { Task } from './worker.ts';

export interface PoolOptions {
  readonly start: () => Promise<Thread>;
  /** Threads at the same time; two at least. */
  readonly maxThreads: number;
  /** How long nothing may move before something is done for the calls that wait. */
  readonly patienceMilliseconds: number;
  /** From when on a call is slow. Slow calls never have all threads for long. */
  readonly slowMilliseconds: number;
}

export interface Pool {
  run(task: Task, limits: Limits): Promise<Uint8Array>;
  /** Fails what waits and runs, and resolves once no thread is left. */
  close(): Promise<void>;
}

interface Call {
  readonly task: Task;
  readonly limits: Limits;
  readonly resolve: (response: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/** A call that has been taken: by a thread, or while one starts. */
interface Run {
  readonly call: Call;
  on?: { readonly thread: Thread; readonly since: number };
  /** Not by its own doing: to let others pass. */
  isInterrupted: boolean;
}

/**
 * Hands calls to as few threads as keep them moving. Usually that is one: calls take less than a millisecond. When some
 * call holds the rest up, another thread is started, which ends as soon as nothing waits; one is kept. When slow calls
 * hold all threads, one of them is put back: it starts again later, and at least one thread stays with the quick ones.
 *
 * ```text
 * calls ──> waiting ──> thread 1: quick, quick, quick …
 *                   ├─> thread 2: slow …                 only while the others are stuck
 *                   └─> thread 3: quick, slow …
 *           put back <───────────────────┘               until thread 2 is free
 * ```
 */
export const createPool = ({ start, maxThreads, patienceMilliseconds, slowMilliseconds }: PoolOptions): Pool => {
  const waiting: Call[] = [];
  const putBack: Call[] = [];
  const runs = new Set<Run>();
  /** Calls that were put back once are not again, so that each comes to its end. */
  const wasPutBack = new WeakSet<Call>();
  const threads = new Set<Thread>();
  /** What has to be over before nothing is left of the pool. */
  const unfinished = new Set<Promise<void>>();
  let kept: Thread | undefined;
  let serving = 0;
  let patience: NodeJS.Timeout | undefined;
  let closed: Error | undefined;

  const run = (task: Task, limits: Limits): Promise<Uint8Array> => {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const { signal } = limits;
    if (closed !== undefined || signal?.aborted) return Promise.reject(closed ?? signal?.reason);
    const call = { task, limits, resolve, reject };
    const onAbort = (): void => {
      for (const queue of [waiting, putBack]) if (queue.includes(call)) queue.splice(queue.indexOf(call), 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort);
    waiting.push(call);
    attend();
    return promise.finally(() => signal?.removeEventListener('abort', onAbort));
  };

  /** What is idle is used at once; more is done only when patience is lost. */
  const attend = (): void => {
    if (waiting.length === 0) return;
    if (serving === 0 || kept !== undefined) finish(serve());
    else patience ??= setTimeout(losePatience, patienceMilliseconds).unref();
  };

  const losePatience = (): void => {
    patience = undefined;
    if (waiting.length > 0 && serving < maxThreads && areAllRunning(patienceMilliseconds)) finish(serve());
    else if (waiting.length > 0 && serving === maxThreads && areAllRunning(slowMilliseconds)) putOneBack();
    attend();
  };

  /** Not while a thread starts, the first one above all: it will do. */
  const areAllRunning = (milliseconds: number): boolean =>
    [...runs].every(({ on }) => on !== undefined && performance.now() - on.since >= milliseconds);

  /** The one that loses least. */
  const putOneBack = (): void => {
    const last = [...runs].filter(({ call }) => !wasPutBack.has(call)).at(-1);
    if (last?.on === undefined) return;
    last.isInterrupted = true;
    wasPutBack.add(last.call);
    end(last.on.thread);
  };

  const next = (): Call | undefined => {
    const slow = [...runs].filter(({ call, on }) => wasPutBack.has(call) || isSlow(on?.since));
    return waiting.shift() ?? (slow.length < maxThreads - 1 ? putBack.shift() : undefined);
  };

  const isSlow = (since = Number.POSITIVE_INFINITY): boolean => performance.now() - since >= slowMilliseconds;

  /** A thread's life: calls until there is none for it. */
  const serve = async (): Promise<void> => {
    serving += 1;
    let thread = kept;
    kept = undefined;
    for (let call = next(); call !== undefined; call = next()) {
      patience?.refresh();
      const run: Run = { call, isInterrupted: false };
      runs.add(run);
      try {
        thread ??= await begin();
        await carryOut(run, thread);
      } catch (error) {
        call.reject(closed ?? error);
      }
      runs.delete(run);
      if (thread?.isUsable() === false) {
        end(thread);
        thread = undefined;
      }
    }
    serving -= 1;
    keep(thread);
  };

  const carryOut = async (run: Run, thread: Thread): Promise<void> => {
    const { task, limits, resolve } = run.call;
    run.on = { thread, since: performance.now() };
    try {
      resolve(await thread.run(task, limits));
    } catch (error) {
      const isOver = closed !== undefined || limits.signal?.aborted || limits.budget.leftMilliseconds <= 0;
      if (isOver || !run.isInterrupted) throw error;
      putBack.push(run.call);
    }
  };

  const begin = async (): Promise<Thread> => {
    const thread = await start();
    threads.add(thread);
    if (closed === undefined) return thread;
    end(thread);
    throw closed;
  };

  const end = (thread: Thread): void => {
    threads.delete(thread);
    finish(thread.stop());
  };

  const keep = (thread: Thread | undefined): void => {
    if (thread === undefined) return;
    if (kept === undefined && closed === undefined) kept = thread;
    else end(thread);
  };

  const finish = (work: Promise<void>): void => {
    const finished = work.finally(() => unfinished.delete(finished));
    unfinished.add(finished);
  };

  const close = async (): Promise<void> => {
    closed = new Error('the engine is closed');
    for (const { reject } of [...waiting.splice(0), ...putBack.splice(0)]) reject(closed);
    for (const thread of threads) end(thread);
    while (unfinished.size > 0) await Promise.all(unfinished);
  };
  return { run, close };
};
