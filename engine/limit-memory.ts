const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;

/** In pages of 64 KiB. */
export interface MemoryLimits {
  readonly initial: number;
  /** Undefined when the memory may grow without end. */
  readonly maximum: number | undefined;
}

interface Section extends MemoryLimits {
  readonly start: number;
  readonly end: number;
}

/** The linker leaves a module's memory without a maximum. Gives the same module with one, which the host then enforces. */
export const limitMemory = (module: Uint8Array, maxPages: number): Uint8Array => {
  const { initial, maximum, start, end } = memorySection(module);
  if (maximum !== undefined) throw new Error(`the module's memory has a maximum already: ${maximum} pages`);
  if (initial > maxPages) throw new Error(`the module starts with ${initial} pages, over ${maxPages}`);
  const limits = [1, 1, ...writeUnsigned(initial), ...writeUnsigned(maxPages)];
  const section = Uint8Array.from([MEMORY_SECTION, ...writeUnsigned(limits.length), ...limits]);
  return Buffer.concat([module.subarray(0, start), section, module.subarray(end)]);
};

export const readMemoryLimits = (module: Uint8Array): MemoryLimits => {
  const { initial, maximum } = memorySection(module);
  return { initial, maximum };
};

const memorySection = (module: Uint8Array): Section => {
  for (let start = HEADER_BYTES; start < module.length; ) {
    const size = readUnsigned(module, start + 1);
    const end = size.end + size.value;
    if (module[start] === MEMORY_SECTION) return { ...limitsAt(module, size.end), start, end };
    start = end;
  }
  throw new Error('the module has no memory of its own');
};

const limitsAt = (module: Uint8Array, start: number): MemoryLimits => {
  const count = readUnsigned(module, start);
  const flags = readUnsigned(module, count.end);
  const initial = readUnsigned(module, flags.end);
  if (count.value !== 1 || flags.value > 1) throw new Error('expected one memory, which is not shared');
  return { initial: initial.value, maximum: flags.value === 1 ? readUnsigned(module, initial.end).value : undefined };
};

/** LEB128, as WebAssembly writes its numbers: seven bits a byte, the lowest first. */
const readUnsigned = (bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } => {
  let value = 0;
  for (let at = start, unit = 1; ; at += 1, unit *= 128) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error('the module ends inside a number');
    value += (byte % 128) * unit;
    if (byte < 128) return { value, end: at + 1 };
  }
};

const writeUnsigned = (value: number): readonly number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...writeUnsigned(Math.floor(value / 128))];
