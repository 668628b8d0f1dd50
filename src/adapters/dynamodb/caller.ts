import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../app/ports/runtime.ts';
import { TableUnavailableError } from '../../domain/sync-error.ts';
import { isTransactionConflict, toTableError } from './table-error.ts';

export interface TableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  /** 0 up to 1; spreads repeats that would meet again. @default Math.random */
  readonly random?: () => number;
}

interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/** One request, or the same again after a pause. */
export interface Caller {
  /**
   * Repeats what lost against another transaction.
   * @throws TableUnavailableError - throttled, 5xx, no answer, or still losing after {@link MAX_ATTEMPTS}
   */
  call<T>(operation: string, send: (options: CallOptions) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Waits before attempt `attempt + 1`. @throws TableUnavailableError - enough is enough */
  pause(operation: string, attempt: number, signal?: AbortSignal): Promise<void>;
}

const MAX_ATTEMPTS = 10;
const FIRST_PAUSE_MILLISECONDS = 25;
const MAX_PAUSE_MILLISECONDS = 1_000;

export const createCaller = ({ clock, random = Math.random }: Omit<TableOptions, 'client' | 'tableName'>): Caller => {
  const pause: Caller['pause'] = async (operation, attempt, signal) => {
    if (attempt >= MAX_ATTEMPTS)
      throw new TableUnavailableError(`${operation} on the state table failed: gave up after ${attempt} attempts`);
    const full = Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1), MAX_PAUSE_MILLISECONDS);
    await clock.sleep(Math.ceil(full * (0.5 + random() / 2)), signal);
  };

  const call: Caller['call'] = async (operation, send, signal) => {
    const options = signal === undefined ? {} : { abortSignal: signal };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send(options);
      } catch (error) {
        if (!isTransactionConflict(error)) throw toTableError(error, operation, signal);
      }
      await pause(operation, attempt, signal);
    }
  };

  return { call, pause };
};
