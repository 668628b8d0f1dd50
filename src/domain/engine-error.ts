import { SyncError } from './sync-error.ts';

/** What a user wrote for the engine is wrong, or asks for more time or memory than one object may have. */
export class EngineError extends SyncError {
  override readonly name = 'EngineError';
  readonly reason = 'EvaluationFailed';
  /** The same text fails the same way until somebody changes it, or the values it reads. */
  readonly retryable = false;
  readonly #raw: string;

  /** @param texts - `public` names no value; `raw` may quote some, and is kept where no logger looks */
  constructor({ public: message, raw }: { readonly public: string; readonly raw: string }) {
    super(message);
    this.#raw = raw;
  }

  /** The reference's own wording, operands and values included. For a terminal only. */
  get raw(): string {
    return this.#raw;
  }
}
