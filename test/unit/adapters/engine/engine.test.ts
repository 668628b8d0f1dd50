import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { createEngine, type EngineOptions } from '../../../../src/adapters/engine/engine.ts';
import { engineFiles } from '../../../../src/adapters/engine/engine-files.ts';
import { secrets, template, texts } from '../../../contract/engine/samples.ts';

/** Threads start slowly on a machine with much else to do. */
jest.setTimeout(30_000);

const ENDLESS = '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}';
const LARGE = '{{ $x := repeat 40000000 "x" }}{{ repeat 40000000 "x" | len }}';

const engines: ReturnType<typeof createEngine>[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

const create = (options: EngineOptions = {}) => {
  const engine = createEngine(options);
  engines.push(engine);
  return {
    ...engine,
    renderText: async (text: string, signal?: AbortSignal) => {
      const request = { data: secrets({ a: '1' }), templates: [template(text)] };
      const [rendered = new Map()] = await engine.render(request, signal);
      return texts(rendered)['key'];
    },
  };
};

describe('the compiled engine', () => {
  const counting = () => {
    const read: URL[] = [];
    const readBlob = (blob: URL) => {
      read.push(blob);
      return readFile(blob);
    };
    return { read, readBlob };
  };

  test('is not read as long as nothing is evaluated', async () => {
    const { read, readBlob } = counting();
    create({ readBlob }).forObject();
    await sleep(50);

    expect(read).toEqual([]);
  });

  test('is read once, however many threads run it', async () => {
    const { read, readBlob } = counting();
    const engine = create({ readBlob, deadlineMilliseconds: 500 });
    const endless = expect(engine.renderText(ENDLESS)).rejects.toThrow();
    await Promise.all(Array.from({ length: 5 }, () => engine.renderText('{{ .a }}')));
    await endless;
    await engine.renderText('{{ .a }}');

    expect(read).toHaveLength(1);
  });

  test('that cannot be read is no fault of who asked, and is read again', async () => {
    const { blob } = engineFiles();
    let failures = 1;
    const engine = create({
      readBlob: async () => {
        if (failures-- > 0) throw new Error('no such file');
        return readFile(blob);
      },
    });

    await expect(engine.renderText('{{ .a }}')).rejects.toMatchObject({ name: 'Error', message: 'no such file' });
    await expect(engine.renderText('{{ .a }}')).resolves.toBe('1');
  });
});

describe('the deadline', () => {
  test('is told in the public text', async () => {
    await expect(create({ deadlineMilliseconds: 200 }).renderText(ENDLESS)).rejects.toMatchObject({
      name: 'EngineError',
      retryable: false,
      message: 'rendering the template does not end within the 0.2 s an object has',
    });
  });

  test('is one for all evaluations of an object', async () => {
    const object = create({ deadlineMilliseconds: 500 }).forObject();
    const evaluate = () => object.transformNames(ENDLESS, ['a']);
    await object.matchNames('a', ['a']);
    await expect(evaluate()).rejects.toThrow('0.5 s');
    const startedAt = performance.now();
    await expect(evaluate()).rejects.toThrow('0.5 s');

    // Not another half second: what is left is the time it takes to answer, on any machine.
    expect(performance.now() - startedAt).toBeLessThan(300);
  });

  test('of one object is not that of another', async () => {
    const engine = create({ deadlineMilliseconds: 200 });
    await expect(engine.forObject().transformNames(ENDLESS, ['a'])).rejects.toThrow();

    await expect(engine.forObject().matchNames('a', ['a'])).resolves.toEqual([true]);
  });
});

test.each([
  ['too much memory', '{{ repeat 1000000000 "x" | len }}', 'rendering the template needs more than 128 MB'],
  ['too large a result', '{{ repeat 20000000 "x" }}', 'rendering the template gives more than 16 MB'],
])('%s is told in the public text', async (_, text, message) => {
  await expect(create().renderText(text)).rejects.toMatchObject({ name: 'EngineError', message });
});

test('a large render gives its memory back', async () => {
  const engine = create();
  await engine.renderText('{{ .a }}');
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 8; round += 1) await engine.renderText(LARGE);
  await engine.renderText('{{ .a }}');
  await sleep(200);

  expect(process.memoryUsage().rss - before).toBeLessThan(160 * 1024 * 1024);
});

test('a call that is given up stops running', async () => {
  const engine = create({ deadlineMilliseconds: 60_000 });
  await engine.renderText('{{ .a }}');
  const running = engine.renderText(ENDLESS, AbortSignal.timeout(50));

  await expect(running).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(engine.renderText('{{ .a }}')).resolves.toBe('1');
});

test('delimiters can be others', async () => {
  const engine = create({ delimiters: { left: '<<', right: '>>' } });

  expect(await engine.renderText('<< .a >> {{ .a }} <<- .a >>')).toBe('1 {{ .a }}1');
});

test('closing in the middle of a call fails it and leaves no thread', async () => {
  const engine = create({ deadlineMilliseconds: 60_000 });
  await engine.renderText('{{ .a }}');
  const running = expect(engine.renderText(ENDLESS)).rejects.toThrow('the engine is closed');
  await engine.close();

  await running;
});

describe('a process', () => {
  const run = (script: string) => {
    const imports = ['src/adapters/engine/engine.ts', 'src/domain/secret-value.ts']
      .map((file) => pathToFileURL(join(import.meta.dirname, '../../../..', file)).href)
      .map((file, index) => `import { ${index === 0 ? 'createEngine' : 'SecretValue'} } from '${file}';`);
    const code = `${imports.join('\n')}
      const engine = createEngine({ deadlineMilliseconds: 300 });
      const render = (text) => engine.render({
        data: new Map([['a', SecretValue.fromText('canary')]]),
        templates: [{ name: 'k', scope: 'Values', text: SecretValue.fromText(text) }],
      }).then(([map]) => map.get('k').revealText(), (error) => error.message);
      ${script}`;
    return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { timeout: 30_000 });
  };

  test('waits for an answer, and ends by itself though the engine was not closed', async () => {
    const { stdout, stderr } = await run(`console.log(await render('{{ .a | upper }}'));`);

    expect({ stdout, stderr }).toEqual({ stdout: 'CANARY\n', stderr: '' });
  });

  test('prints nothing of what the engine prints when it crashes', async () => {
    const { stdout, stderr } = await run(`
      console.log(await render('{{ $x := .a }}{{ repeat 100000000 $x }}'));
      console.log(await render('${ENDLESS}'));`);

    expect(stdout.split('\n')).toEqual([expect.stringContaining('128 MB'), expect.stringContaining('0.3 s'), '']);
    expect(stderr).toBe('');
  });
});
