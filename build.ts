import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLED_BLOB, BUNDLED_WORKER } from './src/adapters/engine/engine-files.ts';

/** CommonJS inside a dependency asks for `require`, which an ES module does not have. */
const REQUIRE_BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const PROJECT = import.meta.dirname;

const BUNDLED = {
  absWorkingDir: PROJECT,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  write: false,
} satisfies BuildOptions;

/** The functions that evaluate what users wrote. */
const WITH_ENGINE: readonly string[] = ['reconcile', 'push'];

/** One bundle a function: OUTPUT/NAME/index.mjs, with a source map beside it and esbuild's account of what is inside. */
export const bundleFunctions = async (output = join(PROJECT, 'dist')): Promise<readonly string[]> => {
  const files = (await readdir(join(PROJECT, 'functions'))).filter((file) => file.endsWith('.ts'));
  const outfiles = await Promise.all(files.map((file) => bundle(basename(file, '.ts'), output)));
  await Promise.all(WITH_ENGINE.map((name) => addEngine(join(output, name))));
  return outfiles;
};

const bundle = async (name: string, output: string): Promise<string> => {
  const outfile = join(output, name, 'index.mjs');
  const { metafile, outputFiles } = await build({
    ...BUNDLED,
    entryPoints: [join('functions', `${name}.ts`)],
    outfile,
    sourcemap: 'linked',
    metafile: true,
    banner: { js: REQUIRE_BANNER },
  });
  await mkdir(join(output, name), { recursive: true });
  for (const { path, contents } of outputFiles) await replaceFile(path, contents);
  await replaceFile(join(output, `${name}.meta.json`), JSON.stringify(metafile));
  return outfile;
};

/** The compiled engine and the thread that runs it, beside the bundle: read when a template first needs them. */
const addEngine = async (folder: string): Promise<void> => {
  const outfile = join(folder, BUNDLED_WORKER);
  const { outputFiles } = await build({ ...BUNDLED, entryPoints: ['src/adapters/engine/worker.ts'], outfile });
  for (const { path, contents } of outputFiles) await replaceFile(path, contents);
  await replaceFile(join(folder, BUNDLED_BLOB), await readFile(join(PROJECT, 'engine', BUNDLED_BLOB)));
};

/** At no moment is there half a file: somebody may be packaging the one before. */
const replaceFile = async (file: string, contents: string | Uint8Array): Promise<void> => {
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, file);
};

if (import.meta.main) {
  for (const outfile of await bundleFunctions()) console.log(outfile);
}
