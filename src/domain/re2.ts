import { RE2JS, RE2JSException } from 're2js';

/** An RE2 expression as Go's `regexp` compiles it, or what is wrong with it in Go's words. */
export const compileRe2 = (expression: string): RE2JS | { readonly problem: string } => {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { problem: inGoWords(error.message) };
  }
};

/** What is wrong with an expression; undefined: nothing. */
export const re2Problem = (expression: string): string | undefined => {
  const compiled = compileRe2(expression);
  return compiled instanceof RE2JS ? undefined : compiled.problem;
};

/** The library leaves out the empty fragment Go shows here. */
const inGoWords = (message: string): string =>
  message.endsWith('trailing backslash at end of expression') ? `${message}: \`\`` : message;
