import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** CommonJS inside a dependency asks for `require`, which an ES module does not have. */
const REQUIRE_BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const OUTPUT = 'dist';

/** One bundle a function: dist/NAME/index.mjs, with a source map beside it and esbuild's account of what is inside. */
export const bundleFunctions = async (): Promise<readonly string[]> => {
  await rm(OUTPUT, { recursive: true, force: true });
  const files = (await readdir('functions')).filter((file) => file.endsWith('.ts'));
  return Promise.all(files.map((file) => bundle(basename(file, '.ts'))));
};

const bundle = async (name: string): Promise<string> => {
  const outfile = join(OUTPUT, name, 'index.mjs');
  const { metafile } = await build({
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
  });
  await writeFile(join(OUTPUT, `${name}.meta.json`), JSON.stringify(metafile));
  return outfile;
};

if (import.meta.main) {
  for (const outfile of await bundleFunctions()) console.log(outfile);
}
