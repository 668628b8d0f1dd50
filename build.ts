import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** CommonJS inside a dependency asks for `require`, which an ES module does not have. */
const REQUIRE_BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const PROJECT = import.meta.dirname;

/** One bundle a function: OUTPUT/NAME/index.mjs, with a source map beside it and esbuild's account of what is inside. */
export const bundleFunctions = async (output = join(PROJECT, 'dist')): Promise<readonly string[]> => {
  const files = (await readdir(join(PROJECT, 'functions'))).filter((file) => file.endsWith('.ts'));
  return Promise.all(files.map((file) => bundle(basename(file, '.ts'), output)));
};

const bundle = async (name: string, output: string): Promise<string> => {
  const outfile = join(output, name, 'index.mjs');
  const { metafile, outputFiles } = await build({
    absWorkingDir: PROJECT,
    entryPoints: [join('functions', `${name}.ts`)],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    metafile: true,
    legalComments: 'none',
    banner: { js: REQUIRE_BANNER },
    write: false,
  });
  await mkdir(join(output, name), { recursive: true });
  for (const { path, contents } of outputFiles) await replaceFile(path, contents);
  await replaceFile(join(output, `${name}.meta.json`), JSON.stringify(metafile));
  return outfile;
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
