import type { Limits, Thread } from './thread.ts';
import type { Task } from './worker.ts';

export interface PoolOptions {
  readonly start: () => Promise<Thread>;
  /** Threads at the same time. */
  readonly maxThreads: number;
  /** How long nothing may move before calls that wait get one more thread. */
  readonly patienceMilliseconds: number;
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

/**
 * Hands calls to as few threads as keep them moving. Usually that is one: calls take less than a millisecond. Only when
 * some call holds the rest up is another thread started, and it ends as soon as nothing waits; one is kept.
 *
 * ```text
 * calls ──> waiting ──> thread 1: render, render, render …          kept when idle
 *                   └─> thread 2: only while the others are stuck    ends when idle
 * ```
 */
export const createPool = ({ start, maxThreads, patienceMilliseconds }: PoolOptions): Pool => {
  const waiting: Call[] = [];
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
      if (waiting.includes(call)) waiting.splice(waiting.indexOf(call), 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort);
    waiting.push(call);
    attend();
    return promise.finally(() => signal?.removeEventListener('abort', onAbort));
  };

  /** The first thread at once, others when patience is lost. */
  const attend = (): void => {
    if (waiting.length === 0 || serving >= maxThreads) return;
    if (serving === 0 || kept !== undefined) finish(serve());
    else patience ??= setTimeout(losePatience, patienceMilliseconds).unref();
  };

  const losePatience = (): void => {
    patience = undefined;
    if (waiting.length > 0 && serving < maxThreads) finish(serve());
    attend();
  };

  const finish = (work: Promise<void>): void => {
    const finished = work.finally(() => unfinished.delete(finished));
    unfinished.add(finished);
  };

  /** A thread's life: calls until none waits. */
  const serve = async (): Promise<void> => {
    serving += 1;
    let thread = kept;
    kept = undefined;
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
      patience?.refresh();
      try {
        thread ??= await begin();
        call.resolve(await thread.run(call.task, call.limits));
      } catch (error) {
        call.reject(closed ?? error);
      }
      if (thread?.isUsable() === false) {
        end(thread);
        thread = undefined;
      }
    }
    serving -= 1;
    keep(thread);
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

  const close = async (): Promise<void> => {
    closed = new Error('the engine is closed');
    for (const { reject } of waiting.splice(0)) reject(closed);
    for (const thread of threads) end(thread);
    while (unfinished.size > 0) await Promise.all(unfinished);
  };
  return { run, close };
};
