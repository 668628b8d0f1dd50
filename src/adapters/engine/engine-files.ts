import { existsSync } from 'node:fs';

/** Where the compiled engine and the thread that runs it are. */
export interface EngineFiles {
  /** WebAssembly, compressed by brotli. */
  readonly blob: URL;
  readonly worker: URL;
}

/** Names of what `build.ts` puts beside the bundle of a function that evaluates. */
export const BUNDLED_BLOB = 'engine.wasm.br';
export const BUNDLED_WORKER = 'engine-worker.mjs';

/**
 * Beside the bundle in a deployed function; among the sources anywhere else.
 *
 * @param base - the running file: the bundle itself, once bundled
 */
export const engineFiles = (base: string = import.meta.url): EngineFiles => {
  const worker = new URL(`./${BUNDLED_WORKER}`, base);
  return existsSync(worker)
    ? { blob: new URL(`./${BUNDLED_BLOB}`, base), worker }
    : { blob: new URL('../../../engine/engine.wasm.br', base), worker: new URL('./worker.ts', base) };
};
