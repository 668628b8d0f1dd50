const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;

/** The linker leaves a module's memory without a maximum. Gives the same module with one, which the host then enforces. */
export const limitMemory = (module: Uint8Array, maxPages: number): Uint8Array => {
  for (let at = HEADER_BYTES; at < module.length; ) {
    const size = readUnsigned(module, at + 1);
    const end = size.end + size.value;
    if (module[at] === MEMORY_SECTION) {
      const section = memorySection(module.subarray(size.end, end), maxPages);
      return Buffer.concat([module.subarray(0, at), section, module.subarray(end)]);
    }
    at = end;
  }
  throw new Error('the module has no memory of its own');
};

const memorySection = (content: Uint8Array, maxPages: number): Uint8Array => {
  const count = readUnsigned(content, 0);
  const flags = readUnsigned(content, count.end);
  const initial = readUnsigned(content, flags.end);
  if (count.value !== 1 || flags.value !== 0) throw new Error('expected one memory, without a maximum');
  if (initial.value > maxPages) throw new Error(`the module starts with ${initial.value} pages, over ${maxPages}`);
  const limited = [1, HAS_MAXIMUM, ...writeUnsigned(initial.value), ...writeUnsigned(maxPages)];
  return Uint8Array.from([MEMORY_SECTION, ...writeUnsigned(limited.length), ...limited]);
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
