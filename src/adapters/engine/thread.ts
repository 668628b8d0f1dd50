import { Worker } from 'node:worker_threads';
import { type Budget, crashed, tookTooLong } from './limits.ts';
import type { Answer, Task } from './worker.ts';

/** A worker thread with an instance of the engine. It does one task at a time. */
export interface Thread {
  /**
   * @throws EngineError - the task crashed the program, or used up its budget
   * @throws the signal's reason - it was aborted
   */
  run(task: Task, limits: Limits): Promise<Uint8Array>;
  /** False when what it did last ended it, or left it with so much memory that a new one should take its place. */
  isUsable(): boolean;
  /** Ends it, whatever it does. */
  stop(): Promise<void>;
}

export interface Limits {
  readonly budget: Budget;
  readonly signal?: AbortSignal | undefined;
}

/** WebAssembly gives no memory back: a thread that grew beyond this ends after its answer. */
const MAX_KEPT_MEMORY_BYTES = 64 * 1024 * 1024;

/** What JavaScript itself needs there; the engine's memory counts elsewhere. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 8 };

/** @param module - may be on its way still: meanwhile the thread starts */
export const startThread = async (file: URL, module: Promise<WebAssembly.Module>): Promise<Thread> => {
  const worker = new Worker(file, {
    env: {},
    argv: [],
    execArgv: [],
    stdout: true, // kept from the process's own, and read by nobody
    stderr: true,
    resourceLimits: RESOURCE_LIMITS,
  });
  const exchange = createExchange(worker);
  let isUsable = true;
  const stop = async (): Promise<void> => {
    isUsable = false;
    await worker.terminate();
  };

  const run = async (task: Task, { budget, signal }: Limits): Promise<Uint8Array> => {
    signal?.throwIfAborted();
    const { operation } = task;
    const interruption = interruptOn({ budget, signal }, (reason) =>
      exchange.fail(reason ?? tookTooLong(operation, budget)),
    );
    worker.ref(); // whoever waits for an answer keeps the process alive
    try {
      const answer = await exchange.ask(task);
      if (answer.type === 'crash') throw crashed(operation, answer.crash, answer.lastWords);
      if (answer.type === 'ready') throw new Error('the thread of the engine started twice');
      isUsable &&= answer.memoryBytes <= MAX_KEPT_MEMORY_BYTES;
      return answer.response;
    } catch (error) {
      isUsable = false;
      throw error;
    } finally {
      interruption.end();
      worker.unref();
    }
  };

  try {
    await exchange.ask(await module);
    worker.unref();
  } catch (error) {
    await stop();
    throw error;
  }
  return { run, isUsable: () => isUsable, stop };
};

/** Questions to a thread, one at a time, and its answers. One that ends answers no more. */
const createExchange = (worker: Worker) => {
  let settle: PromiseWithResolvers<Answer> | undefined;
  let ended: Error | undefined;
  const fail = (reason: unknown): void => settle?.reject(reason);
  worker.on('message', (answer: Answer) => settle?.resolve(answer));
  worker.on('error', (error) => {
    ended = error;
    fail(error);
  });
  worker.on('exit', () => {
    ended ??= new Error('the thread of the engine ended');
    fail(ended);
  });
  const ask = (message: unknown): Promise<Answer> => {
    if (ended !== undefined) return Promise.reject(ended);
    settle = Promise.withResolvers();
    worker.postMessage(message);
    return settle.promise;
  };
  return { ask, fail };
};

/** Calls back when the budget is used up, and, with its reason, at an abort. Takes the time until `end` off the budget. */
const interruptOn = ({ budget, signal }: Limits, interrupt: (reason?: unknown) => void) => {
  const startedAt = performance.now();
  const onAbort = (): void => interrupt(signal?.reason);
  const timer = setTimeout(interrupt, Math.max(0, budget.leftMilliseconds));
  signal?.addEventListener('abort', onAbort);
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    budget.leftMilliseconds -= performance.now() - startedAt;
  };
  return { end };
};
