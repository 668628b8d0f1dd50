import { compareBytes } from '../domain/go-map-text.ts';
import { mergeValues } from '../domain/merge-values.ts';
import type { RewriteOperation } from '../domain/rewrite.ts';
import { SyncError } from '../domain/sync-error.ts';
import type { SecretData } from '../domain/target-content.ts';
import type { Engine } from './ports/engine.ts';

/** An operation that could not be applied; the message is the reference's. */
export class RewriteError extends SyncError {
  override readonly name = 'RewriteError';
  readonly reason: string;
  readonly retryable: boolean;

  constructor(index: number, cause: SyncError) {
    super(`error applying rewrite to keys: failed rewrite operation[${index}]: ${cause.message}`, { cause });
    this.reason = cause.reason;
    this.retryable = cause.retryable;
  }
}

/**
 * Applies the operations of a `dataFrom` entry in order, each to what the one before gave. Keys are taken in byte order,
 * so of two that become the same the later one stays, each time.
 * @throws RewriteError
 */
export const rewriteKeys = async (
  engine: Engine,
  { values, operations }: { readonly values: SecretData; readonly operations: readonly RewriteOperation[] },
  signal?: AbortSignal,
): Promise<SecretData> => {
  let current = values;
  for (const [index, operation] of operations.entries()) {
    try {
      current = await rewriteOnce(engine, { values: current, operation }, signal);
    } catch (error) {
      throw error instanceof SyncError ? new RewriteError(index, error) : error;
    }
  }
  return current;
};

const rewriteOnce = async (
  engine: Engine,
  { values, operation }: { readonly values: SecretData; readonly operation: RewriteOperation },
  signal?: AbortSignal,
): Promise<SecretData> => {
  if (operation.type === 'merge') return mergeValues(values, operation);
  const entries = [...values].toSorted(([a], [b]) => compareBytes(a, b));
  const names = entries.map(([name]) => name);
  const renamed =
    operation.type === 'regexp'
      ? await engine.replaceMatches({ source: operation.source, target: operation.target, names }, signal)
      : await engine.transformNames(operation.template, names, signal);
  return new Map(entries.map(([name, value], index) => [renamed[index] ?? name, value]));
};
