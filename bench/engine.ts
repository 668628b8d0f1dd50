import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import { bundleFunctions } from '../build.ts';
import { createEngine } from '../src/adapters/engine/engine.ts';
import { engineFiles } from '../src/adapters/engine/engine-files.ts';
import { readProperty } from '../src/domain/property-path.ts';
import { DOCUMENT, PATH, REQUESTS } from './engine/samples.ts';
import { type Bench, type Figure, median, megabytes, milliseconds, perSecond } from './figures.ts';

const COLD_STARTS = 9;

/** What the rule tries, too. */
const PATHS = [PATH.replaceAll('.', '\\.'), PATH];

/** What the engine weighs, and what its evaluations cost, thread round trip included. */
export const engine: Bench = {
  about: 'Go in WebAssembly: size, time to the first result, evaluations a second',
  async *measure() {
    const folder = await mkdtemp(join(tmpdir(), 'secretcast-bench-'));
    try {
      await bundleFunctions(folder);
      yield* sizes(join(folder, 'reconcile'));
      yield* firstResult(join(folder, 'reconcile'));
    } finally {
      await rm(folder, { recursive: true });
    }
    yield* rates();
  },
};

async function* sizes(folder: string): AsyncIterable<Figure> {
  const blob = await readFile(engineFiles().blob);
  const size = async (file: string): Promise<string> => megabytes((await stat(join(folder, file))).size);
  yield { what: 'engine, compressed', figure: megabytes(blob.length) };
  yield { what: 'engine', figure: megabytes(brotliDecompressSync(blob).length) };
  yield { what: 'bundle of reconcile without it', figure: await size('index.mjs'), budget: '2.70 MB' };
}

/** As in a deployed function: with the thread's code as it is bundled. */
async function* firstResult(folder: string): AsyncIterable<Figure> {
  const script = join(import.meta.dirname, 'engine/first-result.ts');
  const passed: number[] = [];
  const used: number[] = [];
  for (let start = 0; start < COLD_STARTS; start += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, join(folder, 'index.mjs')]);
    const [time, processors] = stdout.split(' ').map(Number);
    passed.push(time ?? Number.NaN);
    used.push(processors ?? Number.NaN);
  }
  yield {
    what: `first result, p50 of ${COLD_STARTS} processes`,
    figure: milliseconds(median(passed)),
    budget: '300 ms',
  };
  yield {
    what: '  best and worst',
    figure: `${milliseconds(Math.min(...passed))}, ${milliseconds(Math.max(...passed))}`,
  };
  yield { what: '  processors, all threads', figure: milliseconds(median(used)) };
}

async function* rates(): AsyncIterable<Figure> {
  const warm = createEngine();
  for (const [name, request] of Object.entries(REQUESTS)) {
    const rate = await perSecond(() => warm.render(request));
    const budget = name === 'small' ? { budget: '1 ms' } : {};
    yield { what: `templates ${name}`, figure: `${Math.round(rate)} /s` };
    yield { what: `  each`, figure: milliseconds(1_000 / rate), ...budget };
  }
  yield {
    what: 'property by the engine',
    figure: `${Math.round(await perSecond(() => warm.getProperty(DOCUMENT, PATHS)))} /s`,
  };
  yield {
    what: 'property by rule, without it',
    figure: `${Math.round(await perSecond(() => readProperty(DOCUMENT, PATH)))} /s`,
  };
  await warm.close();
}
