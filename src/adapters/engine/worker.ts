import { parentPort } from 'node:worker_threads';
import { createWasi, ProgramEnd, type Wasi } from './wasi.ts';

/*
 * The thread in which the engine runs. Its first message is the compiled module, each further one a task, and each gets
 * one answer. After a crash the program's memory is in no known state: the thread says why, and is not used again.
 */

/** One operation of the engine and its request, in frames. */
export interface Task {
  readonly operation: string;
  readonly request: Uint8Array;
}

/** Why the program ended: memory used up, calls too deep, an answer too large to hand over, or a fault of its own. */
export type Crash = 'memory' | 'depth' | 'size' | 'fault';

export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'response'; readonly response: Uint8Array<ArrayBuffer>; readonly memoryBytes: number }
  | { readonly type: 'crash'; readonly crash: Crash; readonly lastWords: string };

/** Many times what any Secret can hold; answers wait in the function's own memory. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

interface Program extends Pick<Wasi, 'lastWords'> {
  memory(): ArrayBuffer;
  call(name: string, ...parameters: number[]): unknown;
}

const instantiate = (module: WebAssembly.Module): Program => {
  const memory = (): ArrayBuffer => {
    const exported = instance.exports['memory'];
    if (exported instanceof WebAssembly.Memory) return exported.buffer;
    throw new Error('the engine exports no memory');
  };
  const call = (name: string, ...parameters: number[]): unknown => {
    const exported = instance.exports[name];
    if (typeof exported === 'function') return exported(...parameters);
    throw new Error(`the engine has no operation ${name}`);
  };
  const { imports, lastWords } = createWasi(module, memory);
  const instance = new WebAssembly.Instance(module, imports);
  call('_initialize');
  return { memory, call, lastWords };
};

const perform = ({ memory, call }: Program, { operation, request }: Task): Answer => {
  const start = Number(call('allocate', request.length)) >>> 0;
  new Uint8Array(memory(), start, request.length).set(request);
  const location = call(operation, start, request.length);
  if (typeof location !== 'bigint') throw new Error(`the engine's ${operation} returns no location`);
  const [at, length] = [Number(BigInt.asUintN(32, location >> 32n)), Number(BigInt.asUintN(32, location))];
  if (length > MAX_RESPONSE_BYTES) return { type: 'crash', crash: 'size', lastWords: '' };
  const response = new Uint8Array(memory().slice(at, at + length));
  return { type: 'response', response, memoryBytes: memory().byteLength };
};

/** Undefined when it is no crash of the program but a mistake around it. */
const crashOf = (error: unknown, lastWords: string): Answer | undefined => {
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return { type: 'crash', crash: 'depth', lastWords };
  }
  if (error instanceof ProgramEnd || error instanceof WebAssembly.RuntimeError) {
    return { type: 'crash', crash: causeOf(lastWords), lastWords };
  }
  return undefined;
};

/** By what Go prints before it gives up. */
const causeOf = (lastWords: string): Crash => {
  if (/out of memory|cannot allocate memory/.test(lastWords)) return 'memory';
  return /stack overflow|stack exceeds/.test(lastWords) ? 'depth' : 'fault';
};

const answer = (message: Answer): void => {
  parentPort?.postMessage(message, message.type === 'response' ? [message.response.buffer] : []);
};

parentPort?.once('message', (module: WebAssembly.Module) => {
  const program = instantiate(module);
  parentPort?.on('message', (task: Task) => {
    try {
      answer(perform(program, task));
    } catch (error) {
      const crash = crashOf(error, program.lastWords());
      if (crash === undefined) throw error;
      answer(crash);
    }
  });
  answer({ type: 'ready' });
});
