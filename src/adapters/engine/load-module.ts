import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

/** The module grows into this buffer at once, not 16 kB at a time. */
const CHUNK_BYTES = 16 * 1024 * 1024;

/**
 * The compiled engine, made at the first call and shared by all threads; a failure is forgotten. V8 compiles each
 * function when it is first called, so most of Go's libraries cost no more than reading them.
 */
export const createModuleLoader = (readBlob: () => Promise<Uint8Array>): (() => Promise<WebAssembly.Module>) => {
  let loading: Promise<WebAssembly.Module> | undefined;
  const load = async (): Promise<WebAssembly.Module> =>
    WebAssembly.compile(await promisify(brotliDecompress)(await readBlob(), { chunkSize: CHUNK_BYTES }));
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
};
