import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { bundleFunctions } from '../../build.ts';
import { createEngine } from '../../src/adapters/engine/engine.ts';
import { engineFiles } from '../../src/adapters/engine/engine-files.ts';
import { readYaml } from './read-crds.ts';

/** Bytes, minified; see docs on cold starts: what is imported is paid for by each new container. */
const BUDGETS: Readonly<Record<string, number>> = {
  'on-secret-change': 700_000,
  'on-schedule': 700_000,
  push: 2_700_000,
  reconcile: 2_700_000,
  'watch-clusters': 2_700_000,
};

const ENGINE = 'src/adapters/engine/engine.ts';

const metafileSchema = z.object({ inputs: z.record(z.string(), z.unknown()) });
const functionSchema = z.object({ package: z.object({ patterns: z.array(z.string()) }) });

const folder = await mkdtemp(join(tmpdir(), 'secretcast-bundles-'));
const bundles = (await bundleFunctions(folder)).map((file) => ({ name: basename(dirname(file)), file }));

afterAll(() => rm(folder, { recursive: true, force: true }));

const inputsOf = async (name: string): Promise<readonly string[]> => {
  const text = await readFile(join(folder, `${name}.meta.json`), 'utf8');
  return Object.keys(z.parse(metafileSchema, JSON.parse(text)).inputs);
};

const environment = {
  TABLE_NAME: 'secretcast-test',
  RECONCILE_QUEUE_URL: 'http://127.0.0.1/queue',
  PUSH_QUEUE_URL: 'http://127.0.0.1/push',
  AWS_REGION: 'eu-west-1',
};

/** Imports a bundle in a process of its own: what Lambda does first. */
const initialise = async (file: string): Promise<{ readonly milliseconds: number; readonly handler: string }> => {
  const script = `const start = performance.now();
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(JSON.stringify({ milliseconds: performance.now() - start, handler: typeof handler }));`;
  const arguments_ = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, { env: environment });
  return z.parse(z.object({ milliseconds: z.number(), handler: z.string() }), JSON.parse(stdout));
};

test('each bundle has a budget', () => {
  expect(bundles.map(({ name }) => name).sort()).toEqual(Object.keys(BUDGETS).sort());
});

describe.each(bundles)('the bundle of $name', ({ name, file }) => {
  test('is within its budget', async () => {
    expect((await stat(file)).size).toBeLessThan(BUDGETS[name] ?? 0);
  });

  test('holds nothing that is for development', async () => {
    const inputs = await inputsOf(name);

    expect(inputs).toContain(`functions/${name}.ts`);
    expect(
      inputs.filter((path) => /^(local|test|cli|bench)\/|aws-sdk-client-mock|\/jest|fast-check/.test(path)),
    ).toEqual([]);
  });

  test('is packaged with all that was built beside it, and nothing else', async () => {
    const { patterns } = z.parse(functionSchema, readYaml(`infra/functions/${name}.yml`)).package;
    const built = (await readdir(dirname(file))).filter((path) => !path.endsWith('.map'));

    expect([...patterns].sort()).toEqual(built.map((path) => `dist/${name}/${path}`).sort());
  });

  test('has the engine beside it if it evaluates anything', async () => {
    const evaluates = (await inputsOf(name)).includes(ENGINE);

    if (evaluates) expect(await readdir(dirname(file))).toEqual(expect.arrayContaining(['engine.wasm.br']));
  });

  test('needs nothing beside itself to start', async () => {
    const { milliseconds, handler } = await initialise(file);

    process.stdout.write(`  init of ${name}: ${Math.round(milliseconds)} ms\n`);
    expect(handler).toBe('function');
  });
});

test.each(['on-secret-change', 'on-schedule'])('%s carries no way to clusters or to values', async (name) => {
  const inputs = await inputsOf(name);
  const heavy = /adapters\/(kubernetes|aws)\/|\/undici\/|@kubernetes\/|client-(secrets-manager|ssm|sts|eks)\//;

  expect(inputs.filter((path) => heavy.test(path) && !path.includes('nested-clients'))).toEqual([]);
});

describe('the engine beside a bundle', () => {
  const files = engineFiles(pathToFileURL(join(folder, 'reconcile/index.mjs')).href);

  test('evaluates', async () => {
    const engine = createEngine({ files });

    await expect(engine.matchNames('^a', ['a', 'b'])).resolves.toEqual([true, false]);
    await engine.close();
  });

  test('is run by a thread that carries little else', async () => {
    expect((await stat(files.worker)).size).toBeLessThan(5_000);
  });
});
