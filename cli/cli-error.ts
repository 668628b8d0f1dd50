/** A failure that a person can read: what is wrong, and what to do about it. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  /** One line each. */
  readonly hints: readonly string[];

  constructor(message: string, ...hints: readonly string[]) {
    super(message);
    this.hints = hints;
  }
}

/** The command was not understood, or its options do not fit together. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}

/** Everything was said already; the command failed nevertheless. */
export class SaidError extends Error {
  override readonly name = 'SaidError';
}
