import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
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
      env: {
        ...process.env,
        GOOS: 'wasip1',
        GOARCH: 'wasm',
        GOWASM: '',
        GOFLAGS: '',
        GOEXPERIMENT: '',
        GOWORK: 'off',
        CGO_ENABLED: '0',
      },
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

/** The module is compared and not its compressed form, which another version of the compressor may give other bytes. */
const check = async (module: Uint8Array): Promise<void> => {
  if (brotliDecompressSync(await readFile(BLOB)).equals(module)) return;
  const { stdout: version } = await run('go', ['env', 'GOVERSION'], { cwd: ENGINE });
  console.error(
    `engine/engine.wasm.br is not what its source gives with ${version.trim()}. ` +
      'Build it with the toolchain that engine/go.mod names (`npm run engine`), and check in the result.',
  );
  process.exitCode = 1;
};

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const module = limitMemory(await compile(), MEMORY_MAX_PAGES);
if (options.check) {
  await check(module);
} else {
  const blob = compress(module);
  await writeFile(BLOB, blob);
  console.log(`engine: ${megabytes(module)}, compressed ${megabytes(blob)}`);
}
