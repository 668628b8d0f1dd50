import { randomFillSync } from 'node:crypto';

/*
 * All that a WebAssembly program may ask of the world: the time, random bytes, to wait, and to end. Files, network,
 * environment and arguments are not refused by a rule, there is no code here that could reach them. What the program
 * prints (Go prints values when it crashes) is kept to tell why it ended, and goes no further.
 *
 * https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 */

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_SUPPORTED = 52;

const STDERR = 2;
const MAX_LAST_WORDS = 4_096;

const REAL_TIME = 0;
const NANOSECONDS_A_MILLISECOND = 1_000_000n;

/** `subscription` and `event` of poll_oneoff. */
const SUBSCRIPTION = { size: 48, kind: 8, timeout: 24, flags: 40 } as const;
const EVENT = { size: 32, error: 8, kind: 10 } as const;
const CLOCK = 0;
const ABSOLUTE = 1;

/** The program ended by itself. */
export class ProgramEnd extends Error {
  override readonly name = 'ProgramEnd';
}

type Answer = (...parameters: number[]) => number;

export interface Wasi {
  readonly imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What the program printed as its errors; may hold values. */
  lastWords(): string;
}

/**
 * The world of a program built for WASI.
 *
 * @param memoryOf - the program's memory; asked for at each call, because growing replaces its buffer
 */
export const createWasi = (module: WebAssembly.Module, memoryOf: () => ArrayBuffer): Wasi => {
  let lastWords = '';
  const hear = (words: string): void => {
    lastWords += words.slice(0, MAX_LAST_WORDS - lastWords.length);
  };
  const calls: ReadonlyMap<string, unknown> = new Map<string, unknown>(Object.entries(wasiCalls(memoryOf, hear)));
  const unsupported = (): number => NOT_SUPPORTED;
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, calls.get(name) ?? unsupported]);
  return { imports: { wasi_snapshot_preview1: Object.fromEntries(imports) }, lastWords: () => lastWords };
};

const wasiCalls = (memoryOf: () => ArrayBuffer, hear: (words: string) => void) => {
  const view = () => new DataView(memoryOf());

  const nothing: Answer = (count = 0, size = 0) => {
    view().setUint32(count, 0, true);
    view().setUint32(size, 0, true);
    return SUCCESS;
  };
  const badDescriptor: Answer = () => BAD_DESCRIPTOR;

  return {
    args_sizes_get: nothing,
    environ_sizes_get: nothing,
    args_get: () => SUCCESS,
    environ_get: () => SUCCESS,
    fd_prestat_get: badDescriptor,
    fd_fdstat_get: badDescriptor,
    sched_yield: () => SUCCESS,

    clock_time_get: (clock: number, _: bigint, result: number): number => {
      view().setBigUint64(result, clock === REAL_TIME ? realTime() : process.hrtime.bigint(), true);
      return SUCCESS;
    },

    random_get: (start: number, length: number): number => {
      randomFillSync(new Uint8Array(memoryOf(), start, length));
      return SUCCESS;
    },

    poll_oneoff: (subscriptions: number, events: number, ...[count = 0, result = 0]: number[]): number => {
      const memory = view();
      waitFor(memory, subscriptions, count);
      for (let index = 0; index < count; index += 1) {
        const from = subscriptions + index * SUBSCRIPTION.size;
        const to = events + index * EVENT.size;
        const kind = memory.getUint8(from + SUBSCRIPTION.kind);
        memory.setBigUint64(to, memory.getBigUint64(from, true), true);
        memory.setUint16(to + EVENT.error, kind === CLOCK ? SUCCESS : NOT_SUPPORTED, true);
        memory.setUint8(to + EVENT.kind, kind);
      }
      memory.setUint32(result, count, true);
      return SUCCESS;
    },

    fd_write: (descriptor: number, vectors: number, ...[count = 0, result = 0]: number[]): number => {
      const memory = view();
      let written = 0;
      for (let at = vectors; at < vectors + count * 8; at += 8) {
        const length = memory.getUint32(at + 4, true);
        if (descriptor === STDERR) hear(Buffer.from(memoryOf(), memory.getUint32(at, true), length).toString('latin1'));
        written += length;
      }
      memory.setUint32(result, written, true);
      return SUCCESS;
    },

    proc_exit: (): never => {
      throw new ProgramEnd('the program ended');
    },
  };
};

const realTime = (): bigint => BigInt(Date.now()) * NANOSECONDS_A_MILLISECOND;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Waits for the first of the times subscribed to. */
const waitFor = (memory: DataView, subscriptions: number, count: number): void => {
  const waits = Array.from({ length: count }, (_, index) => subscriptions + index * SUBSCRIPTION.size)
    .filter((at) => memory.getUint8(at + SUBSCRIPTION.kind) === CLOCK)
    .map((at) => ({
      time: memory.getBigUint64(at + SUBSCRIPTION.timeout, true),
      isAbsolute: (memory.getUint16(at + SUBSCRIPTION.flags, true) & ABSOLUTE) !== 0,
    }))
    .map(({ time, isAbsolute }) => (isAbsolute ? time - process.hrtime.bigint() : time))
    .map((nanoseconds) => Math.max(0, Number(nanoseconds / NANOSECONDS_A_MILLISECOND)));
  if (waits.length > 0) Atomics.wait(sleeper, 0, 0, Math.min(...waits));
};
