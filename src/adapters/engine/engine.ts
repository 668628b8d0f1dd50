import { readFile } from 'node:fs/promises';
import type { Engine, Engines } from '../../app/ports/engine.ts';
import { EngineError } from '../../domain/engine-error.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { type EngineFiles, engineFiles } from './engine-files.ts';
import { decodeFrames, encodeFrames, type Frame } from './frames.ts';
import { type Budget, createBudget, tookTooLong } from './limits.ts';
import { createModuleLoader } from './load-module.ts';
import { createPool } from './pool.ts';
import { startThread } from './thread.ts';

export interface EngineOptions {
  /**
   * Running time for all evaluations of one object.
   * @default 5000
   */
  readonly deadlineMilliseconds?: number;
  /**
   * Threads at the same time, two at least, each with up to 128 MB; more than one only while slow calls hold others up.
   * @default 3
   */
  readonly maxThreads?: number;
  /** What stands around the actions of templates. @default `{{` and `}}` */
  readonly delimiters?: { readonly left: string; readonly right: string };
  /** @default where this code runs, see {@link engineFiles} */
  readonly files?: EngineFiles;
  /** @default readFile of node:fs */
  readonly readBlob?: (blob: URL) => Promise<Uint8Array>;
}

export interface ThreadedEngine extends Engine, Engines {
  /** Ends its threads. Not needed for a process to end: idle threads hold nothing up. */
  close(): Promise<void>;
}

/** A call waits so long for another one before it gets a thread of its own. */
const PATIENCE_MILLISECONDS = 50;

/** Hundreds of times what templates take. */
const SLOW_MILLISECONDS = 250;

/** What a template sees where a key is missing: the reference's setting, under which it fails. */
const MISSING_KEY = 'error';

/**
 * The engine in worker threads. Nothing is read, compiled or started before the first call; the module is compiled once,
 * whatever number of threads run it. See docs/decisions/0008-engine.md.
 */
export const createEngine = (options: EngineOptions = {}): ThreadedEngine => {
  const { deadlineMilliseconds = 5_000, maxThreads = 3, readBlob = readFile } = options;
  const files = options.files ?? engineFiles();
  const loadModule = createModuleLoader(() => readBlob(files.blob));
  const pool = createPool({
    start: () => startThread(files.worker, loadModule()),
    maxThreads,
    patienceMilliseconds: PATIENCE_MILLISECONDS,
    slowMilliseconds: SLOW_MILLISECONDS,
  });

  const newBudget = (): Budget => createBudget(deadlineMilliseconds);
  const engineWith = (budgetOf: () => Budget): Engine =>
    operations(options, async (operation, request, signal) => {
      const budget = budgetOf();
      if (budget.leftMilliseconds <= 0) throw tookTooLong(operation, budget);
      return resultOf(await pool.run({ operation, request: encodeFrames(request) }, { budget, signal }));
    });
  const forObject = (): Engine => {
    const budget = newBudget();
    return engineWith(() => budget);
  };
  return { ...engineWith(newBudget), forObject, close: pool.close };
};

type Call = (operation: string, request: readonly Frame[], signal?: AbortSignal) => Promise<readonly Uint8Array[]>;

const operations = ({ delimiters = { left: '', right: '' } }: EngineOptions, call: Call): Engine => ({
  async render({ data, templates }, signal) {
    const values = [...data].flatMap(([key, value]) => [key, value.reveal()]);
    const texts = templates.flatMap(({ scope, name, text }) => [scope, name, text.reveal()]);
    const settings = [delimiters.left, delimiters.right, MISSING_KEY];
    const frames = await call('render', [...settings, String(data.size), ...values, ...texts], signal);
    return readMaps(frames);
  },

  async getProperty(document, paths, signal) {
    const [found, value] = await call('get', [document.reveal(), ...paths], signal);
    return isTrue(found) && value !== undefined ? SecretValue.fromBytes(value) : undefined;
  },

  async setProperty(document, ...[path, value, signal]) {
    return onlyValue(await call('set', [document.reveal(), path, value.reveal()], signal));
  },

  async deleteProperty(document, path, signal) {
    return onlyValue(await call('delete', [document.reveal(), path], signal));
  },

  async replaceMatches({ source, target, names }, signal) {
    return (await call('replace', [source, target, ...names], signal)).map(textOf);
  },

  async matchNames(expression, names, signal) {
    return (await call('match', [expression, ...names], signal)).map(isTrue);
  },

  async transformNames(template, names, signal) {
    return (await call('transform', [template, ...names], signal)).map(textOf);
  },

  async yamlToJson(yaml, signal) {
    return onlyValue(await call('yamltojson', [yaml.reveal()], signal));
  },
});

/** @throws EngineError - what the engine says is wrong with the request */
const resultOf = (response: Uint8Array): readonly Uint8Array[] => {
  const [outcome, ...frames] = decodeFrames(response);
  if (textOf(outcome) === 'ok') return frames;
  const [raw, message] = frames;
  throw new EngineError({ raw: textOf(raw), public: textOf(message) });
};

/** For each template a count and as many pairs of key and value. */
const readMaps = (frames: readonly Uint8Array[]): readonly ReadonlyMap<string, SecretValue>[] => {
  const maps: Map<string, SecretValue>[] = [];
  for (let at = 0; at < frames.length; ) {
    const end = at + 1 + 2 * Number(textOf(frames[at]));
    const map = new Map<string, SecretValue>();
    for (at += 1; at < end; at += 2) map.set(textOf(frames[at]), secretOf(frames[at + 1]));
    maps.push(map);
  }
  return maps;
};

const onlyValue = ([value]: readonly Uint8Array[]): SecretValue => secretOf(value);

const secretOf = (frame: Uint8Array | undefined): SecretValue => SecretValue.fromBytes(frame ?? new Uint8Array());

const textOf = (frame: Uint8Array | undefined): string => secretOf(frame).revealText();

const isTrue = (frame: Uint8Array | undefined): boolean => textOf(frame) === '1';
