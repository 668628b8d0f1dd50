/** Figures are for this many. */
const DEFAULT_OBJECTS = 1_000;

/** ExternalSecrets of a bench: `OBJECTS=200` shows the same counts for each of them sooner. */
export const objectCount = (): number => Number(process.env['OBJECTS'] ?? DEFAULT_OBJECTS);
