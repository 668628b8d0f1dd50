/**
 * Options of middy: `signal` aborts while this much time is left, and the handler still answers for itself. Left alone,
 * middy fails the invocation the moment it aborts: what has been done so far would not count, and what is being handed
 * over would be cut off.
 */
export const stopEarly = (milliseconds: number) => ({
  timeoutEarlyInMillis: milliseconds,
  timeoutEarlyResponse: () => new Promise<never>(() => undefined), // middy races it with the handler, which wins
});
