import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { limitMemory } from './limit-memory.ts';

/** 128 MiB. A template that asks for more than that ends its instance, and with it nothing else. */
const MEMORY_MAX_PAGES = 2048;

const ENGINE = import.meta.dirname;
const BLOB = join(ENGINE, 'engine.wasm.br');

const run = promisify(execFile);

/** Go's paths, versions of the repository and settings of the machine stay out of the bytes: the same source gives the same blob. */
const compile = async (): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'secretcast-engine-'));
  try {
    const output = join(folder, 'engine.wasm');
    const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', '-buildmode=c-shared'];
    await run('go', ['build', ...flags, '-o', output, '.'], {
      cwd: ENGINE,
      env: { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm', GOWASM: '', GOFLAGS: '', GOEXPERIMENT: '', GOWORK: 'off', CGO_ENABLED: '0' },
    });
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const compress = (module: Uint8Array): Buffer =>
  brotliCompressSync(module, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: module.length,
    },
  });

const megabytes = (bytes: Uint8Array): string => `${(bytes.length / 1e6).toFixed(2)} MB`;

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const module = limitMemory(await compile(), MEMORY_MAX_PAGES);
const blob = compress(module);
console.log(`engine: ${megabytes(module)}, compressed ${megabytes(blob)}`);

if (!options.check) {
  await writeFile(BLOB, blob);
} else if (!blob.equals(await readFile(BLOB))) {
  const { stdout: version } = await run('go', ['env', 'GOVERSION'], { cwd: ENGINE });
  console.error(
    `engine/engine.wasm.br is not what its source builds to with ${version.trim()}. Run \`npm run engine\` with the Go of engine/go.mod and check in the result.`,
  );
  process.exitCode = 1;
}
