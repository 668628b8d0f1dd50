import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { engineFiles } from '../../../../src/adapters/engine/engine-files.ts';
import { decodeFrames, encodeFrames } from '../../../../src/adapters/engine/frames.ts';
import { createBudget } from '../../../../src/adapters/engine/limits.ts';
import { createModuleLoader } from '../../../../src/adapters/engine/load-module.ts';
import { startThread, type Thread } from '../../../../src/adapters/engine/thread.ts';

jest.setTimeout(30_000);

const { blob, worker } = engineFiles();
const loadModule = createModuleLoader(() => readFile(blob));

const threads: Thread[] = [];
afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.stop())));

const start = async (): Promise<Thread> => {
  const thread = await startThread(worker, loadModule());
  threads.push(thread);
  return thread;
};

const render = async (thread: Thread, text: string, limits = { budget: createBudget(10_000) }) => {
  const request = encodeFrames(['', '', 'error', '0', 'Values', 'key', text]);
  const frames = decodeFrames(await thread.run({ operation: 'render', request }, limits));
  return frames.map((frame) => Buffer.from(frame).toString());
};

describe('a thread is used again', () => {
  test('after an answer', async () => {
    const thread = await start();

    expect(await render(thread, '{{ 1 }}')).toEqual(['ok', '1', 'key', '1']);
    expect(thread.isUsable()).toBe(true);
  });

  test('after an error of whoever wrote the template', async () => {
    const thread = await start();

    expect(await render(thread, '{{ nope }}')).toEqual(['error', expect.any(String), expect.any(String)]);
    expect(thread.isUsable()).toBe(true);
  });
});

describe('a thread is not used again', () => {
  test('when its memory has grown far, which it cannot give back', async () => {
    const thread = await start();

    expect(await render(thread, '{{ $x := repeat 40000000 "x" }}{{ repeat 40000000 "x" | len }}')).toEqual([
      'ok',
      '1',
      'key',
      '40000000',
    ]);
    expect(thread.isUsable()).toBe(false);
  });

  test.each([
    ['its memory did not suffice', '{{ repeat 1000000000 "x" | len }}'],
    ['its answer was too large', '{{ repeat 20000000 "x" }}'],
    ['it was late', '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}'],
  ])('when %s', async (_, text) => {
    const thread = await start();

    await expect(render(thread, text, { budget: createBudget(1_000) })).rejects.toMatchObject({ name: 'EngineError' });
    expect(thread.isUsable()).toBe(false);
  });

  test('when it ended', async () => {
    const thread = await start();
    await thread.stop();

    expect(thread.isUsable()).toBe(false);
    await expect(render(thread, '{{ 1 }}')).rejects.toThrow('ended');
  });
});

test('running takes from the budget', async () => {
  const thread = await start();
  const budget = createBudget(10_000);
  await render(thread, '{{ range until 300000 }}{{ end }}', { budget });

  expect(budget.leftMilliseconds).toBeLessThan(10_000);
  expect(budget.leftMilliseconds).toBeGreaterThan(0);
});

test('a module that is none is no fault of who asked', async () => {
  const broken = createModuleLoader(async () => Uint8Array.of(1, 2, 3));

  await expect(startThread(worker, broken())).rejects.not.toMatchObject({ name: 'EngineError' });
});

test('an operation there is none of is a mistake of ours, and no crash of the engine', async () => {
  const thread = await start();
  const task = { operation: 'nope', request: encodeFrames([]) };

  await expect(thread.run(task, { budget: createBudget(1_000) })).rejects.toThrow('the engine has no operation nope');
});
