import { CommanderError } from 'commander';
import { SaidError, UsageError } from './cli-error.ts';
import type { Edge } from './edge.ts';
import { explainError } from './explain-error.ts';
import { createProgram } from './program.ts';

const OK = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * Runs one command line.
 * @param words - without the program itself
 * @returns the exit code: 0, 1 failed, 2 wrong usage
 */
export const runCli = async (words: readonly string[], edge: Edge): Promise<number> => {
  try {
    await createProgram(edge).parseAsync(words, { from: 'user' });
    return OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : WRONG_USAGE; // it was printed
    if (error instanceof SaidError) return FAILED;
    const { what, hints } = explainError(error);
    edge.err([`secretcast: ${what}`, ...hints.map((hint) => `  ${hint}`)].map((line) => `${line}\n`).join(''));
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
};
