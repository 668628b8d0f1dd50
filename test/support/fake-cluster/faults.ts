import type { ClusterClient } from '../../../src/app/ports/cluster-client.ts';
import { ClusterUnreachableError } from '../../../src/domain/sync-error.ts';

export type Method = keyof ClusterClient;

/** Runs at a step of a call; what it throws is what the call ends with. */
export type Hook = () => void | Promise<void>;

/** Trouble to come, by method. */
export class Faults {
  readonly #faults: { readonly method: Method | undefined; readonly error: Error | undefined; left: number }[] = [];
  readonly #hooks: { readonly method: Method; readonly when: 'before' | 'after'; readonly hook: Hook; left: number }[] =
    [];
  readonly #deadlineMilliseconds: number;

  constructor(deadlineMilliseconds: number) {
    this.#deadlineMilliseconds = deadlineMilliseconds;
  }

  /** The next `times` calls of `method` (undefined: of any) fail with `error`, or hang when there is none. */
  add(method: Method | undefined, error: Error | undefined, times: number): void {
    this.#faults.push({ method, error, left: times });
  }

  addHook(method: Method, hook: Hook, options: { readonly when: 'before' | 'after'; readonly times: number }): void {
    this.#hooks.push({ method, hook, when: options.when, left: options.times });
  }

  clear(): void {
    this.#faults.length = 0;
    this.#hooks.length = 0;
  }

  async run(method: Method, when: 'before' | 'after'): Promise<void> {
    const due = this.#hooks.filter((hook) => hook.method === method && hook.when === when && hook.left > 0);
    for (const entry of due) {
      entry.left -= 1;
      await entry.hook();
    }
  }

  /** @throws what was asked for; a hanging call ends with its deadline or `signal` */
  async strike(method: Method, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw new ClusterUnreachableError('the request was cancelled');
    const fault = this.#faults.find((entry) => entry.left > 0 && (entry.method ?? method) === method);
    if (fault === undefined) return;
    fault.left -= 1;
    if (fault.error !== undefined) throw fault.error;
    await untilAborted(AbortSignal.any([AbortSignal.timeout(this.#deadlineMilliseconds), ...(signal ? [signal] : [])]));
    throw new ClusterUnreachableError('the API server gave no answer');
  }
}

/** A timer keeps the process alive meanwhile: a signal made by AbortSignal.timeout alone does not. */
const untilAborted = async (signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const alive = setInterval(() => undefined, 1_000);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearInterval(alive);
};
