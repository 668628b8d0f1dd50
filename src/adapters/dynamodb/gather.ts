/** One caller's part of a call. */
interface Ask<Part, Answer> {
  readonly parts: readonly Part[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** @returns what was done for all the parts together: each caller takes its own from it */
type Run<Part, Answer> = (parts: readonly Part[], signal?: AbortSignal) => Promise<Answer>;

/**
 * Makes one call of what is asked for in one turn of the event loop: the objects of a batch do the same step at the same time,
 * and a call costs more than what it carries. One that fails is made again for each caller alone, so that what one of them
 * asks for harms nobody else.
 */
export const gather = <Part, Answer>(run: Run<Part, Answer>): Run<Part, Answer> => {
  let waiting: Ask<Part, Answer>[] = [];

  const runAll = (): void => {
    const asks = waiting;
    waiting = [];
    for (const [signal, together] of Map.groupBy(asks, (ask) => ask.signal)) void runTogether(run, together, signal);
  };

  return (parts, signal) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(runAll);
      waiting.push({ parts, signal, resolve, reject });
    });
};

const runTogether = async <Part, Answer>(
  run: Run<Part, Answer>,
  asks: readonly Ask<Part, Answer>[],
  signal: AbortSignal | undefined,
): Promise<void> => {
  try {
    const answer = await run(
      asks.flatMap(({ parts }) => parts),
      signal,
    );
    for (const { resolve } of asks) resolve(answer);
  } catch (error) {
    if (asks.length === 1) asks[0]?.reject(error);
    else for (const ask of asks) void runTogether(run, [ask], signal);
  }
};
